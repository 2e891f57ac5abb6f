/** What a request does to an object, as admission sees it. */
export type Operation = "CREATE" | "UPDATE" | "DELETE" | "CONNECT";

/** The halves of admission. */
export type Phase = "admit" | "validate";
