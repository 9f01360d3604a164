export { createBalancer, type Balancer, type BalancerEvents, type BalancerOptions } from './balancer.ts';
export {
  failPicker,
  type BalancingPolicy,
  type Picker,
  type PickInfo,
  type PickResult,
  type ReadyEndpoint,
} from './picker.ts';
export { createRoundRobin } from './round-robin.ts';
