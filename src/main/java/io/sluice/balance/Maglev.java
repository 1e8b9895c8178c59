package io.sluice.balance;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * The table of {@code maglev} (Eisenbud and others, "Maglev: A Fast and Reliable Software Network
 * Load Balancer", 3.4): each backend has an order of its own over all places, and the backends take
 * turns at taking the first one in their order that is still free. Shares are almost exactly those
 * of the weights, and a look-up is one division; when a backend leaves, a few keys of the others
 * move too, which a ring avoids.
 */
final class Maglev implements Hashed.Scheme {
  /** Places; a prime, so that every step through the table meets every place. */
  static final int PLACES = 65_537;

  /** The same for many backends: a hundred places each keep shares within a percent or two. */
  static final int MANY_PLACES = 655_373;

  @Override
  public PickContext.KeyReader hash() {
    return Hashes::of;
  }

  @Override
  public Hashed.Table table(List<Backend> backends) {
    return new Filled(backends, backends.size() > PLACES / 100 ? MANY_PLACES : PLACES);
  }

  private static final class Filled implements Hashed.Table {
    private final int[] owners;

    Filled(List<Backend> backends, int places) {
      owners = new int[places];
      Arrays.fill(owners, -1);
      Order[] orders = new Order[backends.size()];
      int heaviest = 0;
      for (int i = 0; i < orders.length; i++) {
        orders[i] = new Order(backends.get(i).id(), places);
        heaviest = Math.max(heaviest, backends.get(i).effectiveWeight());
      }
      PriorityQueue<Turn> turns = new PriorityQueue<>(Turn.FIRST);
      for (int i = 0; i < orders.length; i++) {
        turns.add(new Turn(i, 0, backends.get(i).effectiveWeight(), heaviest));
      }
      for (int taken = 0; taken < places; taken++) {
        Turn turn = turns.remove();
        owners[orders[turn.backend].nextFree(owners)] = turn.backend;
        turns.add(new Turn(turn.backend, turn.number + 1, turn.weight, turn.heaviest));
      }
    }

    @Override
    public int size() {
      return owners.length;
    }

    @Override
    public int place(long hash) {
      return (int) (hash % owners.length);
    }

    @Override
    public int owner(int place) {
      return owners[place];
    }
  }

  /** A backend's turn; the heaviest has one in every round, the others in some. */
  private record Turn(int backend, int number, int weight, int heaviest) {
    static final Comparator<Turn> FIRST =
        Comparator.comparingLong(Turn::round).thenComparingInt(Turn::backend);

    /** The first round in which the backend's share has reached this number. */
    long round() {
      return ((long) number * heaviest + weight - 1) / weight;
    }
  }

  /** A backend's order over all places. */
  private static final class Order {
    private static final long OFFSET_SALT = 0xA0761D6478BD642FL;

    private final int step;
    private int next;

    Order(String id, int places) {
      byte[] name = id.getBytes(StandardCharsets.UTF_8);
      long hash = Hashes.of(name, 0, name.length);
      next = (int) Math.floorMod(Hashes.mixed(hash ^ OFFSET_SALT), (long) places);
      step = (int) (hash % (places - 1)) + 1;
    }

    int nextFree(int[] owners) {
      while (owners[next] >= 0) {
        next = (next + step) % owners.length;
      }
      int free = next;
      next = (next + step) % owners.length;
      return free;
    }
  }
}
