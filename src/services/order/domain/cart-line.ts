/** What a customer wants of one product, or no longer wants. */
export interface CartLine {
  readonly productId: string;
  readonly quantity: number;
}
