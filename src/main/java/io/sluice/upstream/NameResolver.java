package io.sluice.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.handler.codec.dns.DefaultDnsQuestion;
import io.netty.handler.codec.dns.DefaultDnsRecordDecoder;
import io.netty.handler.codec.dns.DnsRawRecord;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.resolver.ResolvedAddressTypes;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.NoopDnsCnameCache;
import io.netty.resolver.dns.SequentialDnsServerAddressStreamProvider;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Asks DNS where backends are that are given by name, and for how long that holds. Nothing is kept
 * from one question to the next: whoever asks decides when to ask again.
 */
public final class NameResolver implements AutoCloseable {

  /**
   * One place that a name stands for.
   *
   * @param weight of an SRV record (RFC 2782), 0 to 65535; 1 for addresses
   * @param priority of an SRV record, the lower the better; 0 for addresses
   */
  public record Endpoint(InetAddress address, int port, int weight, int priority) {}

  /**
   * What a name stands for.
   *
   * @param endpoints in a stable order, none twice, at least one
   * @param seconds how long that holds by the records' TTL
   */
  public record Answer(List<Endpoint> endpoints, long seconds) {
    public Answer {
      endpoints = List.copyOf(endpoints);
    }
  }

  private record Service(int priority, int weight, int port, String target) {}

  private static final Comparator<Endpoint> ORDER =
      Comparator.comparingInt(Endpoint::priority)
          .thenComparing(e -> e.address().getHostAddress())
          .thenComparingInt(Endpoint::port);

  private final EventLoopGroup group;
  private final DnsNameResolver resolver;
  private final TtlRecorder ttl = new TtlRecorder();

  /**
   * A resolver with a thread of its own, {@code sluice-dns}.
   *
   * @param servers asked in this order; empty: the system's
   */
  public NameResolver(List<InetSocketAddress> servers) {
    group =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("sluice-dns", true), EpollIoHandler.newFactory());
    EventLoop loop = group.next();
    DnsNameResolverBuilder builder =
        new DnsNameResolverBuilder(loop)
            .datagramChannelType(EpollDatagramChannel.class)
            .socketChannelType(io.netty.channel.epoll.EpollSocketChannel.class)
            .resolvedAddressTypes(ResolvedAddressTypes.IPV4_PREFERRED)
            .resolveCache(ttl)
            .cnameCache(NoopDnsCnameCache.INSTANCE);
    if (!servers.isEmpty()) {
      builder.nameServerProvider(new SequentialDnsServerAddressStreamProvider(servers));
    }
    resolver = builder.build();
  }

  /**
   * The addresses of a host: its IPv4 ones, or its IPv6 ones when it has no others, so that a
   * machine with both does not count twice.
   *
   * @return completes with an answer, or exceptionally with what DNS said
   */
  public CompletableFuture<Answer> addresses(String host, int port) {
    return resolve(host)
        .thenApply(
            found ->
                new Answer(
                    found.stream().map(a -> new Endpoint(a, port, 1, 0)).sorted(ORDER).toList(),
                    ttl.take(host)));
  }

  private CompletableFuture<List<InetAddress>> resolve(String host) {
    CompletableFuture<List<InetAddress>> result = new CompletableFuture<>();
    resolver
        .resolveAll(host)
        .addListener(
            done -> {
              if (done.isSuccess()) {
                @SuppressWarnings("unchecked") // what resolveAll promises
                List<InetAddress> all = (List<InetAddress>) done.getNow();
                result.complete(preferred(all));
              } else {
                result.completeExceptionally(done.cause());
              }
            });
    return result;
  }

  private static List<InetAddress> preferred(List<InetAddress> all) {
    List<InetAddress> v4 = all.stream().filter(Inet4Address.class::isInstance).distinct().toList();
    return v4.isEmpty() ? all.stream().distinct().toList() : v4;
  }

  /**
   * The places of a service (RFC 2782), each with port, weight and priority.
   *
   * @param name as {@code _http._tcp.example.com}
   * @return completes with an answer, or exceptionally with what DNS said
   */
  public CompletableFuture<Answer> services(String name) {
    CompletableFuture<Answer> result = new CompletableFuture<>();
    resolver
        .resolveAll(new DefaultDnsQuestion(name, DnsRecordType.SRV))
        .addListener(
            done -> {
              if (!done.isSuccess()) {
                result.completeExceptionally(done.cause());
                return;
              }
              @SuppressWarnings("unchecked") // what resolveAll promises
              List<DnsRecord> records = (List<DnsRecord>) done.getNow();
              long seconds = records.stream().mapToLong(DnsRecord::timeToLive).min().orElse(0);
              locate(services(records), seconds)
                  .whenComplete(
                      (answer, failure) -> {
                        if (failure == null) {
                          result.complete(answer);
                        } else {
                          result.completeExceptionally(failure);
                        }
                      });
            });
    return result;
  }

  private static List<Service> services(List<DnsRecord> records) {
    List<Service> services = new ArrayList<>();
    for (DnsRecord record : records) {
      if (record instanceof DnsRawRecord raw && record.type().equals(DnsRecordType.SRV)) {
        ByteBuf content = raw.content();
        services.add(
            new Service(
                content.readUnsignedShort(),
                content.readUnsignedShort(),
                content.readUnsignedShort(),
                DefaultDnsRecordDecoder.decodeName(content)));
      }
      ReferenceCountUtil.release(record);
    }
    return services;
  }

  private CompletableFuture<Answer> locate(List<Service> services, long seconds) {
    List<CompletableFuture<Answer>> each = new ArrayList<>();
    for (Service service : services) {
      String target = service.target.replaceFirst("\\.$", "");
      each.add(
          addresses(target, service.port)
              .thenApply(
                  found ->
                      new Answer(
                          found.endpoints().stream().map(e -> weighted(e, service)).toList(),
                          found.seconds())));
    }
    return CompletableFuture.allOf(each.toArray(CompletableFuture[]::new))
        .thenApply(
            ignored -> {
              List<Answer> answers = each.stream().map(CompletableFuture::join).toList();
              return new Answer(
                  answers.stream()
                      .flatMap(a -> a.endpoints().stream())
                      .distinct()
                      .sorted(ORDER)
                      .toList(),
                  Math.min(seconds, answers.stream().mapToLong(Answer::seconds).min().orElse(0)));
            });
  }

  /** RFC 2782: a weight of 0 is a very small share among others, not none. */
  private static Endpoint weighted(Endpoint endpoint, Service service) {
    return new Endpoint(
        endpoint.address(), endpoint.port(), Math.max(1, service.weight), service.priority);
  }

  @Override
  public void close() {
    resolver.close();
    group.shutdownGracefully(0, 2, TimeUnit.SECONDS);
  }
}
