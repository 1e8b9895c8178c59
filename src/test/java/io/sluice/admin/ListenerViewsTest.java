package io.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.unix.DomainSocketAddress;
import io.sluice.config.Address;
import io.sluice.config.Cidr;
import io.sluice.config.ListenerSpec;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ListenerViewsTest {
  private static final ListenerSpec TCP =
      new ListenerSpec(new Address.Tcp("0.0.0.0", 0), ListenerSpec.Limits.DEFAULT);

  private static String curl(ListenerSpec spec) {
    return ListenerViews.view(spec, new InetSocketAddress(InetAddress.getLoopbackAddress(), 8080))
        .curl();
  }

  private static ListenerSpec.ProxyProtocol from(String address, int prefix) {
    return new ListenerSpec.ProxyProtocol(
        List.of(new Cidr(InetAddress.ofLiteral(address), prefix)));
  }

  @Test
  void theCommandSendsWhatTheListenerExpectsOfThisHost() {
    assertThat(curl(TCP)).isEqualTo("curl -i http://127.0.0.1:8080/");
    assertThat(curl(TCP.withProxyProtocol(from("10.0.0.0", 8))))
        .isEqualTo("curl -i http://127.0.0.1:8080/");
    assertThat(curl(TCP.withProxyProtocol(from("127.0.0.0", 8))))
        .isEqualTo("curl --haproxy-protocol -i http://127.0.0.1:8080/");
    ListenerSpec unix =
        new ListenerSpec(new Address.Unix(Path.of("/run/s")), ListenerSpec.Limits.DEFAULT)
            .withProxyProtocol(new ListenerSpec.ProxyProtocol(List.of()));
    assertThat(ListenerViews.view(unix, new DomainSocketAddress("/run/s")).curl())
        .isEqualTo("curl --haproxy-protocol -i --unix-socket /run/s http://localhost/");
  }
}
