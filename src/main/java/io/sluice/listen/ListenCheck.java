package io.sluice.listen;

import io.sluice.config.Address;
import io.sluice.config.ListenerSpec;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnknownHostException;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Whether this process could listen at an address, found out without listening and without touching
 * the port: who serves there is not disturbed, and is no objection.
 */
public final class ListenCheck {
  /** {@code CAP_NET_BIND_SERVICE} of capabilities(7). */
  private static final int BIND_SERVICE = 10;

  private static final int HEXADECIMAL = 16;

  private ListenCheck() {}

  /** What keeps this process from it, as the end of a sentence; null: nothing. */
  public static @Nullable String objection(ListenerSpec spec) {
    try {
      return switch (spec.address()) {
        case Address.Tcp tcp -> objection(tcp);
        case Address.Service _, Address.Kubernetes _ -> "it is a service's name";
        case Address.Unix(Path path) -> {
          UnixSocketFile.requirePlace(path, spec.socketFile());
          yield null;
        }
      };
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /** The same for TCP alone. */
  public static @Nullable String objection(Address.Tcp address) {
    InetAddress host;
    try {
      host = InetAddress.getByName(address.host());
    } catch (UnknownHostException e) {
      return "the host name " + address.host() + " is unknown";
    }
    // The rules for addresses and ports are the same for UDP, and port 0 takes nothing from
    // anybody.
    StandardProtocolFamily family =
        host instanceof Inet6Address ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
    try (DatagramChannel channel = DatagramChannel.open(family)) {
      channel.bind(new InetSocketAddress(host, 0));
    } catch (IOException | UnsupportedOperationException e) {
      return "no network interface of this machine has that address (" + e.getMessage() + ")";
    }
    try {
      int first = firstForEverybody();
      return address.port() > 0 && address.port() < first && !mayTakeAnyPort()
          ? "only root, or a process with CAP_NET_BIND_SERVICE, may listen on ports below " + first
          : null;
    } catch (IOException e) {
      return "whether its port may be taken cannot be found out: " + e.getMessage();
    }
  }

  private static int firstForEverybody() throws IOException {
    Path setting = Path.of("/proc/sys/net/ipv4/ip_unprivileged_port_start");
    return Integer.parseInt(Files.readString(setting).strip());
  }

  private static boolean mayTakeAnyPort() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("CapEff:")) {
        long capabilities =
            Long.parseUnsignedLong(line.substring("CapEff:".length()).strip(), HEXADECIMAL);
        return (capabilities & 1L << BIND_SERVICE) != 0;
      }
    }
    return false;
  }
}
