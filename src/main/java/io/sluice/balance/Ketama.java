package io.sluice.balance;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * The ring of {@code ring-hash}: 160 points for each unit of weight, placed where nginx's {@code
 * hash ... consistent} and Perl's Cache::Memcached::Fast place them, so that Sluice can take over
 * from them, or stand beside them, without moving a key.
 */
final class Ketama implements Hashed.Scheme {
  /** Points for a weight of 1. */
  static final int POINTS = 160;

  /**
   * Most points of a ring. Beyond, all backends get proportionally fewer, and the placement is no
   * longer nginx's: that is from a sum of weights of 26214 on.
   */
  static final int MOST_POINTS = 1 << 22;

  @Override
  public PickContext.KeyReader hash() {
    return (bytes, from, to) -> Hashes.crcOf(Hashes.crc(Hashes.CRC_START, bytes, from, to));
  }

  @Override
  public Hashed.Table table(List<Backend> backends) {
    return new Ring(points(backends));
  }

  /** All points in ascending order: the hash in the high half, the backend's index in the low. */
  private static long[] points(List<Backend> backends) {
    int[] counts = counts(backends);
    long[] points = new long[Arrays.stream(counts).sum()];
    int next = 0;
    for (int i = 0; i < counts.length; i++) {
      int base = base(backends.get(i).address());
      int previous = 0;
      for (int point = 0; point < counts[i]; point++) {
        int crc = base;
        for (int shift = 0; shift < 32; shift += 8) {
          crc = Hashes.crc(crc, previous >>> shift);
        }
        long hash = Hashes.crcOf(crc);
        points[next++] = hash << 32 | i;
        previous = (int) hash;
      }
    }
    // The high half is a number without sign, so the order is the one of numbers without sign.
    for (int i = 0; i < points.length; i++) {
      points[i] ^= Long.MIN_VALUE;
    }
    Arrays.sort(points);
    for (int i = 0; i < points.length; i++) {
      points[i] ^= Long.MIN_VALUE;
    }
    return points;
  }

  private static int[] counts(List<Backend> backends) {
    long total = 0;
    for (Backend backend : backends) {
      total += points(backend);
    }
    double shrink = Math.max(1.0, (double) total / MOST_POINTS);
    return backends.stream()
        .mapToInt(backend -> (int) Math.max(1, points(backend) / shrink))
        .toArray();
  }

  private static long points(Backend backend) {
    return (long) backend.effectiveWeight() * POINTS / Backend.WARM;
  }

  /** The state of the CRC behind host, zero byte and port; a Unix socket has only its path. */
  private static int base(String address) {
    String name = address.startsWith("unix:") ? address.substring("unix:".length()) : address;
    int colon = name.equals(address) ? name.lastIndexOf(':') : -1;
    String both =
        colon < 0 ? name + '\0' : name.substring(0, colon) + '\0' + name.substring(colon + 1);
    byte[] bytes = both.getBytes(StandardCharsets.UTF_8);
    return Hashes.crc(Hashes.CRC_START, bytes, 0, bytes.length);
  }

  /**
   * Points by their hash. Hashes are spread evenly, so the place of one can be guessed from its
   * high bits: a look-up takes as long with a million points as with a hundred.
   */
  private static final class Ring implements Hashed.Table {
    private final long[] points;
    private final int[] starts;
    private final int shift;

    Ring(long[] sorted) {
      points = distinct(sorted);
      int bits = 32 - Integer.numberOfLeadingZeros(points.length);
      shift = 32 - bits;
      starts = new int[1 << bits];
      int point = 0;
      for (int i = 0; i < starts.length; i++) {
        while (point < points.length && points[point] >>> 32 >>> shift < i) {
          point++;
        }
        starts[i] = point;
      }
    }

    /** Of points with one hash only the first counts. */
    private static long[] distinct(long[] sorted) {
      int kept = 1;
      for (int i = 1; i < sorted.length; i++) {
        if (sorted[i] >>> 32 != sorted[kept - 1] >>> 32) {
          sorted[kept++] = sorted[i];
        }
      }
      return Arrays.copyOf(sorted, kept);
    }

    @Override
    public int size() {
      return points.length;
    }

    /** The first point at or behind the hash; behind the last one, the first. */
    @Override
    public int place(long hash) {
      int point = starts[(int) (hash >>> shift)];
      while (point < points.length && points[point] >>> 32 < hash) {
        point++;
      }
      return point == points.length ? 0 : point;
    }

    @Override
    public int owner(int place) {
      return (int) points[place];
    }
  }
}
