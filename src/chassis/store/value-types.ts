import pg from 'pg';

const INT8 = 20;
const INT8_ARRAY = 1016;
const DATE = 1082;
const TEXT_ARRAY: number = 1009;

/** How values are read, for one pool: pg's own table is shared by the whole process and stays as it is. */
export const VALUE_TYPES: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (format === 'binary') return pg.types.getTypeParser(oid, 'binary');
    if (oid === INT8) return BigInt;
    if (oid === INT8_ARRAY) return readInt8Array;
    if (oid === DATE) return String; // pg would make it midnight in this machine's time zone
    return pg.types.getTypeParser(oid, 'text');
  },
};

function readInt8Array(text: string): (bigint | null)[] {
  const readTextArray = pg.types.getTypeParser(TEXT_ARRAY, 'text') as (text: string) => (string | null)[];
  return readTextArray(text).map((item) => (item === null ? null : BigInt(item)));
}
