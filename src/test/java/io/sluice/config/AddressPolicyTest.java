package io.sluice.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a backend may not be. */
class AddressPolicyTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "169.254.169.254",
        "169.254.0.0",
        "fe80::1",
        "febf::1",
        "::ffff:169.254.169.254",
        "fd00:ec2::254",
        "fd20:ce::254",
        "100.100.100.200"
      })
  void linkLocalAndMetadataAddressesAreDeniedByDefault(String address) {
    assertThat(Configuration.Admin.DEFAULT.denies(InetAddress.ofLiteral(address))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "10.0.0.1",
        "169.255.0.1",
        "::1",
        "fec0::1",
        "::ffff:10.0.0.1",
        "fd00:ec2::253",
        "100.100.100.201"
      })
  void otherAddressesAreNot(String address) {
    assertThat(Configuration.Admin.DEFAULT.denies(InetAddress.ofLiteral(address))).isFalse();
  }

  @Test
  void anAddressThatJavaKeptInIpv6FormIsDeniedToo() throws UnknownHostException {
    byte[] bytes = new byte[16];
    bytes[10] = bytes[11] = (byte) 0xff;
    bytes[12] = (byte) 169;
    bytes[13] = (byte) 254;
    InetAddress mapped = Inet6Address.getByAddress(null, bytes, 0);

    assertThat(mapped).isInstanceOf(Inet6Address.class);
    assertThat(Configuration.Admin.DEFAULT.denies(mapped)).isTrue();
  }

  @Test
  void anEmptyListSwitchesTheRuleOff() throws InvalidConfigurationException {
    Configuration.Admin admin =
        ConfigurationReader.read("f", "sluice: {admin: {backend-addresses: {deny: []}}}").admin();

    assertThat(admin.deniedBackends()).isEqualTo(List.of());
    assertThat(admin.denies(InetAddress.ofLiteral("169.254.169.254"))).isFalse();
  }
}
