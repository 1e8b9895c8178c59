package io.sluice.admin;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the process holds, in bytes.
 *
 * @param heap in use
 * @param most the heap may grow to
 * @param buffers outside of the heap, Netty's among them
 * @param resident in the machine's memory, everything included; 0: the system does not tell
 */
record Memory(long heap, long most, long buffers, long resident) {
  private static final Logger log = LoggerFactory.getLogger(Memory.class);
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Pattern RESIDENT = Pattern.compile("(?m)^VmRSS:\\s+(\\d{1,15}) kB$");

  static Memory now() {
    MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    long buffers =
        ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .mapToLong(BufferPoolMXBean::getMemoryUsed)
            .sum();
    // Netty's own are not among the JVM's.
    if (ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider netty) {
      buffers += netty.metric().usedDirectMemory();
    }
    return new Memory(heap.getUsed(), heap.getMax(), buffers, residentBytes());
  }

  private static long residentBytes() {
    try {
      Matcher line = RESIDENT.matcher(Files.readString(STATUS));
      return line.find() ? Long.parseLong(line.group(1)) * 1024 : 0;
    } catch (IOException e) {
      log.debug("{} cannot be read", STATUS, e);
      return 0;
    }
  }
}
