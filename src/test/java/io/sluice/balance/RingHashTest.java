package io.sluice.balance;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import io.sluice.config.PoolSpec;
import io.sluice.testkit.TestRequest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

class RingHashTest extends HashedContract {
  @Override
  String algorithm() {
    return "ring-hash";
  }

  /** Chance decides where points lie: with 160 of them a share is off by up to a fifth. */
  @Override
  double tolerance() {
    return 0.2;
  }

  @Override
  double movedBeside() {
    return 0;
  }

  private static long crc(byte[]... parts) {
    CRC32 crc = new CRC32();
    for (byte[] part : parts) {
      crc.update(part);
    }
    return crc.getValue();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** Ketama as its description reads, with the JDK's own CRC. */
  private static NavigableMap<Long, String> ring(Map<String, Integer> weights) {
    NavigableMap<Long, String> ring = new TreeMap<>();
    weights.forEach(
        (name, weight) -> {
          int colon = name.lastIndexOf(':');
          byte[] host = bytes(colon < 0 ? name : name.substring(0, colon));
          byte[] port = bytes(colon < 0 ? "" : name.substring(colon + 1));
          long previous = 0;
          for (int i = 0; i < weight * 160; i++) {
            byte[] before =
                ByteBuffer.allocate(4)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt((int) previous)
                    .array();
            previous = crc(host, new byte[1], port, before);
            ring.putIfAbsent(previous, name);
          }
        });
    return ring;
  }

  @Test
  void pointsLieWhereKetamaPutsThem() {
    PoolSpec spec =
        PoolSpec.of(
            "p",
            List.of(
                BackendSpec.of(new Address.Tcp("10.0.0.1", 80)),
                BackendSpec.of(new Address.Tcp("10.0.0.2", 8080)).withWeight(3),
                BackendSpec.of(new Address.Tcp("::1", 80)),
                BackendSpec.of(new Address.Unix(Path.of("/run/app.sock"))).withWeight(2)));
    NavigableMap<Long, String> ring =
        ring(Map.of("10.0.0.1:80", 1, "10.0.0.2:8080", 3, "[::1]:80", 1, "/run/app.sock", 2));
    Balancer.Picker picker = balancer(spec).picker(TestPool.living(spec));
    for (int i = 0; i < 20_000; i++) {
      String key = "user-" + i;
      Map.Entry<Long, String> point = ring.ceilingEntry(crc(bytes(key)));
      String wanted = (point == null ? ring.firstEntry() : point).getValue();
      Backend picked = Objects.requireNonNull(picker.pick(TestRequest.of(key)));
      assertThat(picked.address().replace("unix:", "")).as(key).isEqualTo(wanted);
    }
  }

  @Test
  void hugeWeightsShareARingThatFitsInMemory() {
    PoolSpec spec = weighted(65_535, 65_535, 1, 30_000);
    Hashed.Table table = new Ketama().table(TestPool.living(spec));
    assertThat(table.size()).isLessThanOrEqualTo(Ketama.MOST_POINTS + 4);
    int[] points = new int[4];
    for (int i = 0; i < table.size(); i++) {
      points[table.owner(i)]++;
    }
    assertThat(points[2]).isPositive();
    assertThat((double) points[0] / points[3]).isBetween(2.1, 2.3);
  }
}
