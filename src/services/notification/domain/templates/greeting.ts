/** How every letter begins. */
export const GREETING = 'Hello {{name}},';
/** In German. */
export const GREETING_DE = 'Hallo {{name}},';
