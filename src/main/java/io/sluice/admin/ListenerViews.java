package io.sluice.admin;

import io.sluice.config.Address;
import io.sluice.config.ListenerSpec;
import io.sluice.control.DataPlane;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.springframework.stereotype.Component;

/** Where traffic comes in, for people. */
@Component
final class ListenerViews {
  private static final Set<String> ALL_HOSTS = Set.of("0.0.0.0", "::");

  private final List<ListenerSpec> specs;
  private final DataPlane dataPlane;

  ListenerViews(Management management) {
    this.specs = management.configuration().listeners();
    this.dataPlane = management.dataPlane();
  }

  /**
   * One listener.
   *
   * @param address as the file has it, with the port that the system chose for 0
   * @param curl a command that sends a request to it from this host
   */
  record View(String address, String curl) {}

  /** All of them, in the file's order. */
  List<View> all() {
    List<SocketAddress> bound = dataPlane.addresses();
    List<View> views = new ArrayList<>();
    for (int i = 0; i < specs.size(); i++) {
      views.add(view(specs.get(i), bound.get(i)));
    }
    return views;
  }

  static View view(ListenerSpec spec, SocketAddress bound) {
    View view = view(spec.address(), bound);
    ListenerSpec.ProxyProtocol headers = spec.proxyProtocol();
    boolean expected =
        headers != null
            && (spec.address() instanceof Address.Unix
                || headers.accepts(InetAddress.getLoopbackAddress()));
    return expected
        ? new View(view.address(), view.curl().replaceFirst("^curl", "curl --haproxy-protocol"))
        : view;
  }

  static View view(Address wanted, SocketAddress bound) {
    if (!(wanted instanceof Address.Tcp tcp) || !(bound instanceof InetSocketAddress socket)) {
      String path = wanted.toString().replaceFirst("^unix:", "");
      return new View(wanted.toString(), "curl -i --unix-socket " + path + " http://localhost/");
    }
    Address.Tcp at = new Address.Tcp(tcp.host(), socket.getPort());
    Address.Tcp from =
        new Address.Tcp(ALL_HOSTS.contains(tcp.host()) ? "127.0.0.1" : tcp.host(), at.port());
    return new View(at.toString(), "curl -i http://" + from + "/");
  }
}
