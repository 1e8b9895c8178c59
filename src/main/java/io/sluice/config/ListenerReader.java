package io.sluice.config;

import io.sluice.config.ListenerSpec.Limits;
import io.sluice.config.ListenerSpec.ProxyProtocol;
import io.sluice.config.ListenerSpec.SocketFile;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads {@code sluice.listeners}. */
final class ListenerReader {
  /** The listener of a file that names none. */
  static final ListenerSpec DEFAULT =
      new ListenerSpec(new Address.Tcp("0.0.0.0", 6188), Limits.DEFAULT);

  private static final Pattern MODE = Pattern.compile("0?[0-7]{3}");
  private static final int ANYBODY_WRITES = 0222;

  private static final ValueParser<Duration> WAIT =
      Durations.within(Duration.ofMillis(1), Duration.ofHours(24));

  private ListenerReader() {}

  static List<ListenerSpec> readAll(YamlMapping sluice, Address.Tcp admin) {
    YamlValue list = sluice.get("listeners");
    if (list == null) {
      if (Addresses.identity(admin).equals(Addresses.identity(DEFAULT.address()))) {
        sluice.problem("listeners", "is missing, and sluice.admin.address takes its default");
      }
      return List.of(DEFAULT);
    }
    List<YamlValue> items = list.items();
    if (items != null && items.isEmpty()) {
      list.problem("expected at least one listener, for instance [{address: 0.0.0.0:6188}]");
    }
    List<ListenerSpec> listeners = new ArrayList<>();
    Set<String> taken = new HashSet<>();
    Map<YamlMapping, ListenerSpec> secure = new LinkedHashMap<>();
    for (YamlValue item : items == null ? List.<YamlValue>of() : items) {
      YamlMapping listener = item.mapping(KnownKeys.LISTENER);
      if (listener != null) {
        YamlMapping tls = listener.mapping("tls", KnownKeys.LISTENER_TLS);
        ListenerSpec spec = read(listener, tls, taken, admin);
        listeners.add(spec);
        if (tls != null) {
          secure.put(tls, spec);
        }
      }
    }
    secure.forEach((tls, spec) -> ListenerTlsReader.redirect(tls, spec, listeners));
    return listeners;
  }

  private static ListenerSpec read(
      YamlMapping listener, @Nullable YamlMapping tls, Set<String> taken, Address.Tcp admin) {
    YamlValue value = listener.required("address", "host:port, for instance 0.0.0.0:6188");
    Address address = value == null ? null : value.parsed(Addresses::listener);
    if (value != null && address != null && !letsSystemChoose(address)) {
      String identity = Addresses.identity(address);
      if (!taken.add(identity)) {
        value.problem(Quoted.of(address.toString()) + " is already another listener's address");
      } else if (identity.equals(Addresses.identity(admin))) {
        value.problem(
            Quoted.of(address.toString())
                + " is the management plane's address too: change this one or sluice.admin.address");
      }
    }
    YamlMapping limits = listener.mapping("limits", KnownKeys.LISTENER_LIMITS);
    YamlMapping socket = listener.mapping("socket", KnownKeys.SOCKET);
    if (socket != null && address != null && !(address instanceof Address.Unix)) {
      listener.problem("socket", "is for Unix sockets, and this listener is none; remove it");
    }
    return new ListenerSpec(
            address == null ? DEFAULT.address() : address,
            streams(listener, limits, limits(limits)),
            socket == null ? null : socketFile(socket))
        .withProxyProtocol(proxyProtocol(listener, address))
        .withTls(ListenerTlsReader.read(tls));
  }

  private static @Nullable ProxyProtocol proxyProtocol(
      YamlMapping listener, @Nullable Address address) {
    YamlMapping section = listener.mapping("proxy-protocol", KnownKeys.PROXY_PROTOCOL);
    if (section == null) {
      return null;
    }
    if (address instanceof Address.Unix) {
      if (section.get("accept-from") != null) {
        section.problem(
            "accept-from",
            "is for TCP: whoever may connect to a Unix socket is to send the header; remove it and"
                + " write {} for proxy-protocol");
      }
      return new ProxyProtocol(List.of());
    }
    YamlValue peers =
        section.required(
            "accept-from", "the networks of the proxies in front, for instance [10.0.0.0/8]");
    List<YamlValue> items = peers == null ? null : peers.items();
    if (peers != null && items != null && items.isEmpty()) {
      peers.problem("expected at least one network, for instance [10.0.0.0/8]");
    }
    return new ProxyProtocol(Networks.read(items == null ? List.of() : items));
  }

  private static SocketFile socketFile(YamlMapping socket) {
    return new SocketFile(
        socket.value("mode", ListenerReader::mode, SocketFile.DEFAULT.mode()),
        socket.optional("user", text -> ProcessReader.account(text, "user")),
        socket.optional("group", text -> ProcessReader.account(text, "group")));
  }

  private static int mode(String text) throws BadValueException {
    if (!MODE.matcher(text).matches()) {
      throw new BadValueException(
          Quoted.of(text)
              + " is not a file's mode: expected three octal digits for owner, group and others,"
              + " for instance 0660");
    }
    int mode = Integer.parseInt(text, 8);
    if ((mode & ANYBODY_WRITES) == 0) {
      throw new BadValueException(
          Quoted.of(text)
              + " lets nobody connect, because that takes the right to write: expected for instance"
              + " 0660 for owner and group, or 0666 for everybody");
    }
    return mode;
  }

  private static boolean letsSystemChoose(Address address) {
    return address instanceof Address.Tcp tcp && tcp.port() == 0;
  }

  private static Limits streams(
      YamlMapping listener, @Nullable YamlMapping limits, Limits otherwise) {
    if (listener.value("http2", Numbers.BOOL, true)) {
      return otherwise;
    }
    if (limits != null && limits.get("http2-streams") != null) {
      limits.problem("http2-streams", "has no effect with 'http2: false'; remove one of them");
    }
    return otherwise.withHttp2Streams(0);
  }

  private static Limits limits(@Nullable YamlMapping limits) {
    Limits byDefault = Limits.DEFAULT;
    if (limits == null) {
      return byDefault;
    }
    return new Limits(
        limits.value("connections", Numbers.within(0, 10_000_000), byDefault.connections()),
        limits.value("requests", Numbers.within(0, 10_000_000), byDefault.requests()),
        limits.value("request-line", Numbers.bytesWithin(64, 65_536), byDefault.requestLineBytes()),
        limits.value("headers", Numbers.bytesWithin(256, 262_144), byDefault.headerBytes()),
        limits.value("header-count", Numbers.within(1, 1000), byDefault.headerCount()),
        limits.value("header-timeout", WAIT, byDefault.headerTimeout()),
        limits.value("body-idle", WAIT, byDefault.bodyIdle()),
        limits.value("body-rate", Numbers.bytesWithin(0, 1_048_576), byDefault.bodyRate()),
        limits.value("keep-alive", WAIT, byDefault.keepAlive()),
        limits.value("tunnel-idle", WAIT, byDefault.tunnelIdle()),
        limits.value("http2-streams", Numbers.within(1, 1000), byDefault.http2Streams()));
  }
}
