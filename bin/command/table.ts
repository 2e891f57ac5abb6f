/** Columns as kubectl prints them, three spaces apart, with a line end after each row. */
export const table = (rows: readonly (readonly string[])[]): string => {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lineOf = (row: readonly string[]): string => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("   ");
  return rows.map((row) => `${lineOf(row).trimEnd()}\n`).join("");
};
