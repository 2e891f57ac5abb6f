// Volumes and logs in memory.
import type { StreamSink } from "#lib/api.ts";
import type { ReadOptions } from "#runtime/logs/read.ts";
import { VolumeError, type Logs, type VolumeContent, type Volumes } from "#actors/kubelet/volumes/volumes.ts";

export class FakeVolumes implements Volumes {
  readonly contents = new Map<string, VolumeContent>();
  readonly messages = new Map<string, string>();
  readonly removed: string[] = [];

  /** The text of a file of a volume. */
  text(podUid: string, volume: string, path: string): string | undefined {
    const content = this.contents.get(`/pods/${podUid}/${volume}`);
    if (content?.type !== "files") return undefined;
    const file = content.files.find((each) => each.path === path);
    return file === undefined ? undefined : new TextDecoder().decode(file.data);
  }

  async prepare(podUid: string, volume: string, content: VolumeContent): Promise<string> {
    const path = content.type === "hostPath" ? content.path : `/pods/${podUid}/${volume}`;
    this.contents.set(path, content);
    return path;
  }
  async subPath(volumePath: string, subPath: string): Promise<string> {
    if (subPath.split("/").includes("..") || subPath.startsWith("/")) throw new VolumeError(`subPath "${subPath}" leaves its volume`);
    return `${volumePath}/${subPath}`;
  }
  async messageFile(podUid: string, container: string, attempt: number): Promise<string> {
    return `/pods/${podUid}/messages/${container}-${attempt}`;
  }
  async readMessage(path: string): Promise<string> {
    return this.messages.get(path) ?? "";
  }
  async pods(): Promise<readonly string[]> {
    return [...new Set([...this.contents.keys()].flatMap((path) => /^\/pods\/([^/]+)/.exec(path)?.[1] ?? []))];
  }
  async remove(podUid: string): Promise<void> {
    this.removed.push(podUid);
    for (const path of this.contents.keys()) if (path.startsWith(`/pods/${podUid}/`)) this.contents.delete(path);
  }
}

export class FakeLogs implements Logs {
  readonly texts = new Map<string, string>();
  readonly removed: string[] = [];

  async read(path: string, _options: ReadOptions, sink: StreamSink): Promise<void> {
    const text = this.texts.get(path);
    if (text === undefined) throw Object.assign(new Error(`no file ${path}`), { code: "ENOENT" });
    sink.write(new TextEncoder().encode(text));
  }
  async tail(path: string): Promise<string> {
    return this.texts.get(path) ?? "";
  }
  async remove(path: string): Promise<void> {
    this.removed.push(path);
  }
}
