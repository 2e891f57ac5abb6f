// Asks a DNS server for a name and prints the addresses, one a line: `dig.ts SERVER PORT NAME`.
import dns2 from "dns2";

const [dns = "", port = "53", name = ""] = process.argv.slice(2);
const { answers } = await dns2.UDPClient({ dns, port: Number(port), timeout: 2_000 })(name, "A");
for (const { address } of answers) process.stdout.write(`${address}\n`);
