package io.sluice.upstream;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.resolver.dns.DnsCache;
import io.netty.resolver.dns.DnsCacheEntry;
import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Keeps no addresses, only for how long they hold: Netty's resolver tells that to nobody but its
 * cache.
 */
final class TtlRecorder implements DnsCache {
  private final Map<String, Long> seconds = new ConcurrentHashMap<>();

  /** The shortest lifetime among a host's addresses since this was asked last; 0: none was told. */
  long take(String host) {
    String name = normal(host);
    long shortest = Long.MAX_VALUE;
    for (String told : Set.copyOf(seconds.keySet())) {
      // a search domain may have been put behind the name
      if (told.equals(name) || told.startsWith(name + ".")) {
        Long one = seconds.remove(told);
        shortest = one == null ? shortest : Math.min(shortest, one);
      }
    }
    return shortest == Long.MAX_VALUE ? 0 : shortest;
  }

  private static String normal(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
  }

  @Override
  public DnsCacheEntry cache(
      String hostname,
      DnsRecord @Nullable [] additionals,
      InetAddress address,
      long originalTtl,
      EventLoop loop) {
    seconds.merge(normal(hostname), originalTtl, Math::min);
    return new Entry(address, null);
  }

  @Override
  public DnsCacheEntry cache(
      String hostname, DnsRecord @Nullable [] additionals, Throwable cause, EventLoop loop) {
    return new Entry(null, cause);
  }

  @Override
  public @Nullable List<? extends DnsCacheEntry> get(
      String hostname, DnsRecord @Nullable [] additionals) {
    return null;
  }

  @Override
  public void clear() {
    seconds.clear();
  }

  @Override
  public boolean clear(String hostname) {
    return seconds.remove(normal(hostname)) != null;
  }

  private record Entry(@Nullable InetAddress address, @Nullable Throwable cause)
      implements DnsCacheEntry {}
}
