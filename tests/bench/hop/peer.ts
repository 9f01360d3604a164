/** What a peer may need to know of its surroundings. */
export interface Place {
  /** host:port of an etcd. */
  readonly etcd: string;
  /** host:port of a collector that takes spans over OTLP and drops them. */
  readonly collector: string;
}

/** A server that listens. */
export interface Served extends AsyncDisposable {
  /** host:port. */
  readonly address: string;
}

/** A client that is connected. */
export interface Caller extends AsyncDisposable {
  /** Asks once; resolves with the id of the user that came back. */
  call(): Promise<string>;
}

/** One way to make a call from one process to another. Its two halves run in two processes. */
export interface Peer {
  serve(place: Place): Promise<Served>;
  connect(address: string, place: Place): Promise<Caller>;
}
