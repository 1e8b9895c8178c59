package io.sluice.http2;

import java.util.Arrays;

/**
 * The code of RFC 7541, appendix B, read four bits at a time: a state is a node of the code's tree,
 * and a step says where four more bits lead and which byte they complete (at most one, as no code
 * is shorter than five bits).
 */
final class Huffman {
  /**
   * The length of each byte's code and of the end's, {@code a} for five bits, {@code z} for thirty.
   * The code is canonical, so that lengths say all.
   */
  private static final String LENGTHS =
      "isxxxxxxxtzxxzxxxxxxxxzxxxxxxxxxbffhibdgffdgdbbbaaabbbbbbbcdkbhf"
          + "ibccccccccccccccccccccccdcdioijbkabababbbaccbbbabcbaabccccckgjix"
          + "prpprrrsrssssststtrstssssqrsrsstrqprrssqsrrtqrssqqrqsrssprrrsrrs"
          + "vvporsruvvvwwvtuoqvwwvwtqqvvxwwwptpqrqqsrruuttvsvwvvwwwwwxwwwwwvz";

  private static final int SYMBOLS = 257;
  private static final int END = 256;

  /** More than the code's tree has. */
  private static final int NODES = 257;

  private static final int STATE = 0x1FF;
  private static final int EMITS = 0x200;
  private static final int FAILS = 0x400;
  private static final int SYMBOL_SHIFT = 16;

  /** For each state and four bits: the next state, what they do, the byte they complete. */
  private static final int[] STEPS = new int[NODES * 16];

  /** Whether a text may end in a state: behind at most seven bits, all set. */
  private static final boolean[] FINAL = new boolean[NODES];

  static {
    build();
  }

  private Huffman() {}

  private static void build() {
    int[][] children = tree();
    int node = 0;
    for (int depth = 0; depth < 8; depth++) {
      FINAL[node] = true;
      node = children[node][1];
    }
    for (int state = 0; state < children.length; state++) {
      for (int bits = 0; bits < 16; bits++) {
        STEPS[state << 4 | bits] = step(children, state, bits);
      }
    }
  }

  /** The nodes' children; a leaf is the complement of its symbol. */
  private static int[][] tree() {
    int[][] children = new int[NODES][2];
    int nodes = 1;
    int code = 0;
    int previous = 0;
    for (int length = 5; length <= 30; length++) {
      for (int symbol = 0; symbol < SYMBOLS; symbol++) {
        if (LENGTHS.charAt(symbol) - 'a' + 5 != length) {
          continue;
        }
        code <<= length - previous;
        previous = length;
        int node = 0;
        for (int bit = length - 1; bit > 0; bit--) {
          int side = code >>> bit & 1;
          if (children[node][side] == 0) {
            children[node][side] = nodes++;
          }
          node = children[node][side];
        }
        children[node][code & 1] = ~symbol;
        code++;
      }
    }
    return Arrays.copyOf(children, nodes);
  }

  private static int step(int[][] children, int state, int bits) {
    int node = state;
    int done = 0;
    for (int bit = 3; bit >= 0; bit--) {
      int next = children[node][bits >>> bit & 1];
      if (next == ~END) {
        return FAILS; // the end has no place within a text
      }
      if (next < 0) {
        done = EMITS | ~next << SYMBOL_SHIFT;
        next = 0;
      }
      node = next;
    }
    return done | node;
  }

  /** The most bytes that a text of this many bytes decodes to. */
  static int mostDecoded(int length) {
    return length * 8 / 5 + 1;
  }

  /**
   * Decodes a text.
   *
   * @param out has room for {@link #mostDecoded}
   * @return the position behind the last byte; -1: this is no legal text
   */
  static int decode(byte[] in, int from, int to, byte[] out, int at) {
    int state = 0;
    int end = at;
    for (int i = from; i < to; i++) {
      int high = STEPS[state << 4 | (in[i] >>> 4 & 0xF)];
      if ((high & EMITS) != 0) {
        out[end++] = (byte) (high >>> SYMBOL_SHIFT);
      }
      int low = STEPS[(high & STATE) << 4 | (in[i] & 0xF)];
      if ((low & EMITS) != 0) {
        out[end++] = (byte) (low >>> SYMBOL_SHIFT);
      }
      if (((high | low) & FAILS) != 0) {
        return -1;
      }
      state = low & STATE;
    }
    return FINAL[state] ? end : -1;
  }
}
