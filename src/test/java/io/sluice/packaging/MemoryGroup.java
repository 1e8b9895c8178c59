package io.sluice.packaging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A memory control group of the test's own, of version 1 or 2. */
final class MemoryGroup implements AutoCloseable {
  private static final Path ROOT = Path.of("/sys/fs/cgroup");

  private final Path directory;
  private final boolean second;

  private MemoryGroup(Path directory, boolean second) {
    this.directory = directory;
    this.second = second;
  }

  /** Makes one; the test is skipped, loudly, where this is not allowed. */
  static MemoryGroup of(int mebibytes) throws IOException {
    boolean second = Files.exists(ROOT.resolve("cgroup.controllers"));
    Path parent = second ? ROOT : ROOT.resolve("memory");
    Path directory = parent.resolve("sluice-test-" + ProcessHandle.current().pid());
    String limit = Long.toString(mebibytes * 1024L * 1024L);
    try {
      Files.createDirectory(directory);
      Files.writeString(directory.resolve(second ? "memory.max" : "memory.limit_in_bytes"), limit);
    } catch (IOException e) {
      Files.deleteIfExists(directory);
      Distribution.skip("no memory control group can be made here: " + e);
    }
    return new MemoryGroup(directory, second);
  }

  Path directory() {
    return directory;
  }

  /** How often the kernel has killed for want of memory. */
  long kills() throws IOException {
    String file = second ? "memory.events" : "memory.oom_control";
    return Files.readAllLines(directory.resolve(file)).stream()
        .filter(line -> line.startsWith("oom_kill "))
        .mapToLong(line -> Long.parseLong(line.substring("oom_kill ".length()).strip()))
        .sum();
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(directory);
  }
}
