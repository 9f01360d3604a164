import type { CertificateFiles } from '../chassis/identity/index.ts';
import { shown } from './home.ts';
import type { ProcessRow } from './reporter.ts';

/** Three grpcurl lines and two curl lines that work as printed against this suite. */
export function tryLines(options: {
  readonly processes: readonly ProcessRow[];
  readonly gateway: string;
  readonly orderId: string | undefined;
  /** The operator's; undefined: calls are plain text. */
  readonly certificates: CertificateFiles | undefined;
}): readonly string[] {
  const grpcurl = ['grpcurl', ...securityFlags(options.certificates)].join(' ');
  const at = (name: string) => options.processes.find((p) => p.name === name)?.grpc ?? '';
  const order =
    options.orderId === undefined
      ? `${grpcurl} ${at('order')} tradewind.order.v1.OrderService/ListOrders`
      : `${grpcurl} -d '{"order_id":"${options.orderId}"}' ${at('order')} tradewind.order.v1.OrderService/WatchOrder`;
  return [
    `${grpcurl} ${at('user')} list`,
    `${grpcurl} -d '{"query":"tea","page_size":3}' ${at('product')} tradewind.product.v1.ProductService/SearchProducts`,
    order,
    `curl '${options.gateway}/v1/products?page_size=3'`,
    `curl ${options.gateway}/v1/auth/jwks`,
  ];
}

function securityFlags(files: CertificateFiles | undefined): readonly string[] {
  if (files === undefined) return ['-plaintext'];
  return ['-cacert', shown(files.ca), '-cert', shown(files.certificate), '-key', shown(files.key)];
}
