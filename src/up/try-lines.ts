import type { ProcessRow } from './reporter.ts';

/** Three grpcurl lines and two curl lines that work as printed against this suite. */
export function tryLines(options: {
  readonly processes: readonly ProcessRow[];
  readonly gateway: string;
  readonly orderId: string | undefined;
}): readonly string[] {
  const at = (name: string) => options.processes.find((p) => p.name === name)?.grpc ?? '';
  const order =
    options.orderId === undefined
      ? `grpcurl -plaintext ${at('order')} tradewind.order.v1.OrderService/ListOrders`
      : `grpcurl -plaintext -d '{"order_id":"${options.orderId}"}' ${at('order')} tradewind.order.v1.OrderService/WatchOrder`;
  return [
    `grpcurl -plaintext ${at('user')} list`,
    `grpcurl -plaintext -d '{"query":"tea","page_size":3}' ${at('product')} tradewind.product.v1.ProductService/SearchProducts`,
    order,
    `curl '${options.gateway}/v1/products?page_size=3'`,
    `curl ${options.gateway}/v1/auth/jwks`,
  ];
}
