package io.sluice.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.http.MessageHead.Progress;
import io.sluice.http.ProxyHeaderReader.Violation;
import java.io.ByteArrayOutputStream;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyHeaderReaderTest {
  private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
  private static final byte[] REST = latin("GET / HTTP/1.1\r\n");

  private static byte[] latin(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] hex(String... parts) {
    return HexFormat.of().parseHex(String.join("", parts).replace(" ", ""));
  }

  /** A header of version 2 whose length is that of its block. */
  private static byte[] v2(int command, int family, byte[] block) {
    return hex(
        SIGNATURE,
        "%02x%02x%04x".formatted(command, family, block.length),
        HexFormat.of().formatHex(block));
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private static final byte[] IPV4 = hex("cb007109 0a000001 dd05 01bb");
  private static final byte[] IPV6 =
      hex("20010db8000000000000000000000009", "fd000000000000000000000000000001", "dd05 01bb");

  private static ProxyHeader header(String source, int from, String destination, int to) {
    return new ProxyHeader(
        new InetSocketAddress(InetAddress.ofLiteral(source), from),
        new InetSocketAddress(InetAddress.ofLiteral(destination), to));
  }

  private static final ProxyHeader FOUR = header("203.0.113.9", 56581, "10.0.0.1", 443);
  private static final ProxyHeader SIX = header("2001:db8::9", 56581, "fd00::1", 443);

  /** The whole at once; the header must end where the rest begins. */
  private static ProxyHeader read(byte[] header) {
    ProxyHeaderReader reader = new ProxyHeaderReader();
    ByteBuf in = Unpooled.wrappedBuffer(header, REST);
    assertThat(reader.feed(in)).isEqualTo(Progress.COMPLETE);
    assertThat(in.toString(StandardCharsets.ISO_8859_1)).isEqualTo("GET / HTTP/1.1\r\n");
    return reader.header();
  }

  private static Violation refused(byte[] bytes) {
    ProxyHeaderReader reader = new ProxyHeaderReader();
    assertThat(reader.feed(Unpooled.wrappedBuffer(bytes))).isEqualTo(Progress.VIOLATION);
    return reader.violation();
  }

  // ---------------------------------------------------------------- version 1

  @Test
  void aLineNamesBothEnds() {
    assertThat(read(latin("PROXY TCP4 203.0.113.9 10.0.0.1 56581 443\r\n"))).isEqualTo(FOUR);
    assertThat(read(latin("PROXY TCP6 2001:DB8::9 fd00:0::1 56581 443\r\n"))).isEqualTo(SIX);
    assertThat(read(latin("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n")))
        .isEqualTo(header("255.255.255.255", 65535, "255.255.255.255", 65535));
    assertThat(read(latin("PROXY TCP4 0.0.0.0 10.0.0.1 0 0\r\n")))
        .isEqualTo(header("0.0.0.0", 0, "10.0.0.1", 0));
  }

  @Test
  void theLongestLineIsTaken() {
    String full = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
    ProxyHeader header = read(latin("PROXY TCP6 " + full + " " + full + " 65535 65535\r\n"));
    assertThat(header).isEqualTo(header(full, 65535, full, 65535));
    assertThat(header.v1()).hasSize(104);
    assertThat(read(latin("PROXY UNKNOWN " + "x".repeat(91) + "\r\n")))
        .isEqualTo(ProxyHeader.LOCAL);
  }

  @Test
  void anIpv4ClientIsOneHoweverItIsWritten() {
    ProxyHeader mapped = read(latin("PROXY TCP6 ::ffff:203.0.113.9 ::ffff:a00:1 56581 443\r\n"));
    assertThat(mapped).isEqualTo(FOUR);
    byte[] block =
        hex("00000000000000000000ffffcb007109", "00000000000000000000ffff0a000001", "dd0501bb");
    assertThat(read(v2(0x21, 0x21, block))).isEqualTo(FOUR);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PROXY UNKNOWN\r\n",
        "PROXY UNKNOWN \r\n",
        "PROXY UNKNOWN ffff::1 nonsense 1\r\n",
        "PROXY UNKNOWN 203.0.113.9 10.0.0.1 56581 443\r\n"
      })
  void whoIsUnknownIsTheSender(String line) {
    assertThat(read(latin(line))).isEqualTo(ProxyHeader.LOCAL);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "POST / HTTP/1.1\r\n",
        "proxy TCP4 203.0.113.9 10.0.0.1 56581 443\r\n",
        "PROXY\tTCP4 203.0.113.9 10.0.0.1 56581 443\r\n",
        "PROXYTCP4",
        " PROXY TCP4 203.0.113.9 10.0.0.1 56581 443\r\n",
        "\u0016\u0003\u0001",
        "\r\nPROXY",
        "\n",
        "\0"
      })
  void whatIsNoHeaderIsRefused(String bytes) {
    assertThat(refused(latin(bytes))).isEqualTo(Violation.MISSING);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PROXY \r\n",
        "PROXY TCP4\r\n",
        "PROXY TCP4 203.0.113.9 10.0.0.1 56581\r\n",
        "PROXY TCP4 203.0.113.9 10.0.0.1 56581 443 \r\n",
        "PROXY TCP4 203.0.113.9 10.0.0.1 56581 443 7\r\n",
        "PROXY TCP4  203.0.113.9 10.0.0.1 56581 443\r\n",
        "PROXY  TCP4 203.0.113.9 10.0.0.1 56581 443\r\n",
        "PROXY TCP4\t203.0.113.9 10.0.0.1 56581 443\r\n",
        "PROXY tcp4 203.0.113.9 10.0.0.1 56581 443\r\n",
        "PROXY UDP4 203.0.113.9 10.0.0.1 56581 443\r\n",
        "PROXY TCP5 203.0.113.9 10.0.0.1 56581 443\r\n",
        "PROXY UNKNOWNS\r\n",
        "PROXY unknown\r\n",
        "PROXY TCP4 203.0.113.9 10.0.0.1 56581 443\n",
        "PROXY TCP4 203.0.113.9 10.0.0.1 56581 443\r\r\n",
        "PROXY UNKNOWN \r \r\n",
        "PROXY UNKNOWN\n"
      })
  void aMalformedLineIsRefused(String line) {
    assertThat(refused(latin(line))).isEqualTo(Violation.LINE);
  }

  @ParameterizedTest
  @CsvSource({
    "TCP4, 203.0.113.256",
    "TCP4, 203.0.113.09",
    "TCP4, 203.0.113.0x9",
    "TCP4, 203.0.113",
    "TCP4, 203.0.113.9.9",
    "TCP4, 3405803785",
    "TCP4, +03.0.113.9",
    "TCP4, -1.0.113.9",
    "TCP4, localhost",
    "TCP4, ::1",
    "TCP4, ''",
    "TCP6, 203.0.113.9",
    "TCP6, [2001:db8::9]",
    "TCP6, fe80::1%eth0",
    "TCP6, fe80::1%1",
    "TCP6, 2001:db8::9/64",
    "TCP6, 2001:db8::9::1",
    "TCP6, 2001:db8:0:0:0:0:0:0:9",
    "TCP6, 2001:db8",
    "TCP6, 12345::",
    "TCP6, ::ffff:203.0.113.256",
    "TCP6, ::g",
    "TCP6, :"
  })
  void aMalformedAddressIsRefused(String family, String address) {
    String other = family.equals("TCP4") ? "10.0.0.1" : "fd00::1";
    for (String pair : List.of(address + " " + other, other + " " + address)) {
      assertThat(refused(latin("PROXY " + family + " " + pair + " 1 2\r\n")))
          .as(pair)
          .isEqualTo(Violation.ADDRESS);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"65536", "99999", "100000", "080", "00", "-1", "+1", "1.0", "0x1", "", "a"})
  void aMalformedPortIsRefused(String port) {
    for (String pair : List.of(port + " 443", "443 " + port)) {
      assertThat(refused(latin("PROXY TCP4 203.0.113.9 10.0.0.1 " + pair + "\r\n")))
          .as(pair)
          .isEqualTo(Violation.PORT);
    }
  }

  @Test
  void aLineWithoutEndIsRefusedAtItsLimit() {
    byte[] endless = latin("PROXY UNKNOWN " + "x".repeat(200));
    ProxyHeaderReader reader = new ProxyHeaderReader();
    ByteBuf in = Unpooled.wrappedBuffer(endless);
    assertThat(reader.feed(in.readSlice(106))).isEqualTo(Progress.MORE);
    assertThat(reader.feed(in.readSlice(1))).isEqualTo(Progress.VIOLATION);
    assertThat(reader.violation()).isEqualTo(Violation.LINE_TOO_LONG);
  }

  // ---------------------------------------------------------------- version 2

  @Test
  void aBlockNamesBothEnds() {
    assertThat(read(v2(0x21, 0x11, IPV4))).isEqualTo(FOUR);
    assertThat(read(v2(0x21, 0x21, IPV6))).isEqualTo(SIX);
    assertThat(read(v2(0x21, 0x12, IPV4))).as("over QUIC, for instance").isEqualTo(FOUR);
    assertThat(read(v2(0x21, 0x22, IPV6))).isEqualTo(SIX);
  }

  @Test
  void whoeverHasNoIpAddressIsTheSender() {
    byte[] unix = new byte[216];
    Arrays.fill(unix, (byte) 'x');
    assertThat(read(v2(0x21, 0x31, unix))).isEqualTo(ProxyHeader.LOCAL);
    assertThat(read(v2(0x21, 0x32, unix))).isEqualTo(ProxyHeader.LOCAL);
    assertThat(read(v2(0x21, 0x00, new byte[0]))).isEqualTo(ProxyHeader.LOCAL);
    assertThat(read(v2(0x21, 0x00, new byte[50]))).isEqualTo(ProxyHeader.LOCAL);
  }

  @Test
  void localIsTheSenderWhateverElseIsSaid() {
    assertThat(read(v2(0x20, 0x00, new byte[0]))).isEqualTo(ProxyHeader.LOCAL);
    assertThat(read(v2(0x20, 0x11, IPV4))).isEqualTo(ProxyHeader.LOCAL);
    assertThat(read(v2(0x20, 0xFF, new byte[3]))).isEqualTo(ProxyHeader.LOCAL);
    assertThat(read(v2(0x20, 0x00, new byte[4096]))).isEqualTo(ProxyHeader.LOCAL);
  }

  @ParameterizedTest
  @ValueSource(ints = {0x01, 0x11, 0x31, 0x10, 0x30, 0xF1, 0x41})
  void anotherVersionIsRefused(int command) {
    assertThat(refused(v2(command, 0x11, IPV4))).isEqualTo(Violation.VERSION);
  }

  @ParameterizedTest
  @ValueSource(ints = {0x22, 0x23, 0x2F})
  void anotherCommandIsRefused(int command) {
    assertThat(refused(v2(command, 0x11, IPV4))).isEqualTo(Violation.COMMAND);
  }

  @ParameterizedTest
  @ValueSource(ints = {0x10, 0x20, 0x30, 0x13, 0x1F, 0x03, 0x41, 0x40, 0xF1})
  void anotherFamilyOrTransportIsRefused(int family) {
    assertThat(refused(v2(0x21, family, new byte[300]))).isEqualTo(Violation.FAMILY);
  }

  @Test
  void aBlockTooShortForItsAddressesIsRefusedBeforeItComes() {
    assertThat(refused(hex(SIGNATURE, "2111 000b"))).isEqualTo(Violation.BLOCK_TOO_SHORT);
    assertThat(refused(hex(SIGNATURE, "2121 0023"))).isEqualTo(Violation.BLOCK_TOO_SHORT);
    assertThat(refused(hex(SIGNATURE, "2131 00d7"))).isEqualTo(Violation.BLOCK_TOO_SHORT);
  }

  @Test
  void aBlockBeyondTheLimitIsRefusedBeforeItComes() {
    assertThat(refused(hex(SIGNATURE, "2111 1001"))).isEqualTo(Violation.BLOCK_TOO_LONG);
    assertThat(refused(hex(SIGNATURE, "2000 ffff"))).isEqualTo(Violation.BLOCK_TOO_LONG);
    byte[] longest = join(IPV4, hex("04 0ff1"), new byte[4096 - 15]);
    assertThat(read(v2(0x21, 0x11, longest))).isEqualTo(FOUR);
  }

  // ---------------------------------------------------------------- TLVs

  @Test
  void tlvsArePassedOver() {
    byte[] tlvs = hex("01 0002 6832", "02 0004 74657374", "04 0000", "ea 0001 00", "05 0000");
    assertThat(read(v2(0x21, 0x11, join(IPV4, tlvs)))).isEqualTo(FOUR);
    assertThat(read(v2(0x21, 0x21, join(IPV6, tlvs)))).isEqualTo(SIX);
  }

  @ParameterizedTest
  @ValueSource(strings = {"01", "0100", "010001", "01000268", "0100016805", "01ffff68"})
  void tlvsThatDoNotFitAreRefused(String tlvs) {
    assertThat(refused(v2(0x21, 0x11, join(IPV4, hex(tlvs))))).isEqualTo(Violation.TLV);
  }

  private static byte[] withChecksum(byte[] before, byte[] behind) {
    byte[] header = v2(0x21, 0x11, join(IPV4, before, hex("03 0004 00000000"), behind));
    CRC32C crc = new CRC32C();
    crc.update(header);
    int at = 16 + IPV4.length + before.length + 3;
    for (int i = 0; i < 4; i++) {
      header[at + i] = (byte) (crc.getValue() >> (24 - 8 * i));
    }
    return header;
  }

  @Test
  void aRightChecksumIsTakenAndEveryChangedBitIsNoticed() {
    byte[] good = withChecksum(hex("01 0002 6832"), hex("04 0003 000000"));
    assertThat(read(good)).isEqualTo(FOUR);
    for (int at = 16; at < 16 + IPV4.length; at++) {
      byte[] bad = good.clone();
      bad[at] ^= 1;
      assertThat(refused(bad)).as("byte %d", at).isEqualTo(Violation.CHECKSUM);
    }
  }

  @Test
  void aChecksumThatIsNoneIsRefused() {
    assertThat(refused(v2(0x21, 0x11, join(IPV4, hex("03 0003 000000"))))).isEqualTo(Violation.TLV);
    byte[] twice = withChecksum(new byte[0], hex("03 0004 00000000"));
    assertThat(refused(twice)).isEqualTo(Violation.TLV);
  }

  // ---------------------------------------------------------------- arrival

  static List<byte[]> headers() {
    return List.of(
        latin("PROXY TCP4 203.0.113.9 10.0.0.1 56581 443\r\n"),
        latin("PROXY UNKNOWN\r\n"),
        v2(0x21, 0x11, IPV4),
        v2(0x20, 0x00, new byte[0]),
        v2(0x21, 0x21, IPV6),
        withChecksum(hex("01 0002 6832"), hex("04 0100", "00".repeat(256))));
  }

  @ParameterizedTest
  @MethodSource("headers")
  void itMayArriveInAnyTwoPiecesOrByteByByte(byte[] header) {
    ProxyHeader whole = read(header);
    byte[] all = join(header, REST);
    for (int cut = 0; cut <= header.length; cut++) {
      ProxyHeaderReader reader = new ProxyHeaderReader();
      ByteBuf in = Unpooled.wrappedBuffer(all);
      Progress first = reader.feed(in.readSlice(cut));
      assertThat(first).isEqualTo(cut < header.length ? Progress.MORE : Progress.COMPLETE);
      if (first == Progress.MORE) {
        assertThat(reader.isEmpty()).isEqualTo(cut == 0);
        assertThat(reader.feed(in)).as("cut at %d", cut).isEqualTo(Progress.COMPLETE);
      }
      assertThat(in.readableBytes()).isEqualTo(REST.length);
      assertThat(reader.header()).isEqualTo(whole);
    }
    ProxyHeaderReader reader = new ProxyHeaderReader();
    for (int i = 0; i < header.length; i++) {
      Progress progress = reader.feed(Unpooled.wrappedBuffer(header, i, 1));
      assertThat(progress).isEqualTo(i < header.length - 1 ? Progress.MORE : Progress.COMPLETE);
    }
    assertThat(reader.header()).isEqualTo(whole);
  }

  @Test
  void aHeadThatShowsItsFaultIsNotWaitedFor() {
    assertThat(refused(latin("PROXZ"))).isEqualTo(Violation.MISSING);
    assertThat(refused(hex("0d0a0d0a01"))).isEqualTo(Violation.MISSING);
    assertThat(refused(hex(SIGNATURE, "3111 000c"))).isEqualTo(Violation.VERSION);
  }

  // ---------------------------------------------------------------- any bytes

  @Property(tries = 2000)
  void anyBytesAreReadOneWayHoweverTheyArrive(
      @ForAll @IntRange(min = 0, max = 5) int which,
      @ForAll @Size(max = 6) List<Integer> changes,
      @ForAll @IntRange(min = 0, max = 400) int cut) {
    byte[] bytes = join(headers().get(which), REST);
    for (int change : changes) {
      bytes[Math.floorMod(change, bytes.length)] = (byte) (change >>> 16);
    }
    ProxyHeaderReader whole = new ProxyHeaderReader();
    ByteBuf in = Unpooled.wrappedBuffer(bytes);
    Progress progress = whole.feed(in);

    ProxyHeaderReader pieces = new ProxyHeaderReader();
    ByteBuf again = Unpooled.wrappedBuffer(bytes);
    ByteBuf part = again.readSlice(Math.min(cut, bytes.length));
    Progress first = pieces.feed(part);
    Progress last = first == Progress.MORE ? pieces.feed(again) : first;

    assertThat(last).isEqualTo(progress);
    switch (progress) {
      case COMPLETE -> {
        assertThat(pieces.header()).isEqualTo(whole.header());
        assertThat(part.readableBytes() + again.readableBytes()).isEqualTo(in.readableBytes());
      }
      case VIOLATION -> assertThat(pieces.violation()).isEqualTo(whole.violation());
      case MORE -> assertThat(in.readableBytes()).isZero();
    }
  }

  @Property(tries = 1000)
  void whatIsWrittenIsReadAsTheSame(
      @ForAll @Size(16) byte[] one,
      @ForAll @Size(16) byte[] other,
      @ForAll boolean firstIsIpv4,
      @ForAll boolean secondIsIpv4,
      @ForAll @IntRange(max = 65_535) int from,
      @ForAll @IntRange(max = 65_535) int to)
      throws Exception {
    ProxyHeader header =
        ProxyHeader.between(
            new InetSocketAddress(address(one, firstIsIpv4), from),
            new InetSocketAddress(address(other, secondIsIpv4), to));
    assertThat(read(header.v1())).isEqualTo(header);
    assertThat(read(header.v2())).isEqualTo(header);
    assertThat(header.v1().length).isLessThanOrEqualTo(ProxyHeaderReader.LONGEST_LINE);
  }

  private static InetAddress address(byte[] bytes, boolean four) throws Exception {
    return InetAddress.getByAddress(four ? Arrays.copyOf(bytes, 4) : bytes);
  }

  // ---------------------------------------------------------------- writing

  @Test
  void headersAreWrittenAsTheSpecificationSays() {
    assertThat(new String(FOUR.v1(), StandardCharsets.ISO_8859_1))
        .isEqualTo("PROXY TCP4 203.0.113.9 10.0.0.1 56581 443\r\n");
    assertThat(new String(SIX.v1(), StandardCharsets.ISO_8859_1))
        .isEqualTo("PROXY TCP6 2001:db8::9 fd00::1 56581 443\r\n");
    assertThat(FOUR.v2()).isEqualTo(v2(0x21, 0x11, IPV4));
    assertThat(SIX.v2()).isEqualTo(v2(0x21, 0x21, IPV6));
    assertThat(ProxyHeader.LOCAL.v1()).isEqualTo(latin("PROXY UNKNOWN\r\n"));
    assertThat(ProxyHeader.LOCAL.v2()).isEqualTo(v2(0x20, 0x00, new byte[0]));
  }

  @Test
  void addressesOfTwoFamiliesAreBothWrittenAsIpv6() {
    ProxyHeader mixed = header("203.0.113.9", 1, "fd00::1", 2);
    assertThat(mixed.v1()).isEqualTo(latin("PROXY TCP6 ::ffff:203.0.113.9 fd00::1 1 2\r\n"));
    assertThat(mixed.v2())
        .isEqualTo(
            v2(
                0x21,
                0x21,
                hex(
                    "00000000000000000000ffffcb007109",
                    "fd000000000000000000000000000001",
                    "0001 0002")));
    ProxyHeader read = read(mixed.v2());
    assertThat(read).isEqualTo(mixed);
    assertThat(read.source()).isNotNull();
    assertThat(InetAddress.ofLiteral("203.0.113.9")).isInstanceOf(Inet4Address.class);
  }

  @Test
  void aZoneOfAnAddressStaysOnItsMachine() throws Exception {
    InetAddress zoned =
        java.net.Inet6Address.getByAddress(null, InetAddress.ofLiteral("fe80::1").getAddress(), 1);
    ProxyHeader header =
        ProxyHeader.between(new InetSocketAddress(zoned, 1), new InetSocketAddress(zoned, 2));
    assertThat(header.v1()).isEqualTo(latin("PROXY TCP6 fe80::1 fe80::1 1 2\r\n"));
  }

  @Test
  void whatHasNoIpAddressesIsLocal() {
    InetSocketAddress known = new InetSocketAddress(InetAddress.ofLiteral("10.0.0.1"), 1);
    assertThat(ProxyHeader.between(null, known)).isEqualTo(ProxyHeader.LOCAL);
    assertThat(ProxyHeader.between(known, null)).isEqualTo(ProxyHeader.LOCAL);
    assertThat(ProxyHeader.between(known, InetSocketAddress.createUnresolved("a.example", 1)))
        .isEqualTo(ProxyHeader.LOCAL);
  }
}
