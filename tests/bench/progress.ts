/** Says what a run is doing, on one line that it rewrites; off a terminal, a line for each step. */
export interface Progress {
  /** What is done now; `done` of `total` rounds are over. */
  step(text: string, done?: number, total?: number): void;
  /** Clears the line. */
  end(): void;
}

/** Writes to a terminal, or to whatever stands in its place. */
export function createProgress(out: NodeJS.WriteStream): Progress {
  const startedAtMs = performance.now();
  let lastText = '';
  return {
    step(text, done, total) {
      const seconds = `${Math.round((performance.now() - startedAtMs) / 1_000)} s`.padStart(6);
      const share = done === undefined || total === undefined ? '' : ` ${Math.round((100 * done) / total)} %`;
      if (out.isTTY) {
        out.write(`\r\x1b[K${seconds}${share}  ${text}`);
      } else if (text !== lastText) {
        out.write(`${seconds}${share}  ${text}\n`);
      }
      lastText = text;
    },
    end() {
      if (out.isTTY) out.write('\r\x1b[K');
    },
  };
}
