package io.sluice.admin;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A small line without axes, as points of an SVG; {@code frontend/src/ui/spark.tsx} draws the same.
 *
 * @param line points of a polyline
 * @param area points of the polygon below it; empty: there is nothing to draw
 */
record Sparkline(String line, String area) {
  /** The drawing's width of a tile. */
  static final int WIDE = 300;

  /** Of a row in a table. */
  static final int NARROW = 88;

  private static final int PADDING = 2;

  /**
   * The line of some values, oldest first; NaN is left out. It stands on zero.
   *
   * @param top the value of the upper edge; not above zero: the largest
   */
  static Sparkline of(List<Double> values, int width, int height, double top) {
    return between(values, width, height, 0, top);
  }

  /** The same between two values; what lies outside is drawn at the edge. */
  static Sparkline between(List<Double> values, int width, int height, double low, double top) {
    double high =
        top > low ? top : values.stream().filter(value -> !value.isNaN()).reduce(low, Math::max);
    double step = (double) width / Math.max(1, values.size() - 1);
    List<String> points = new ArrayList<>();
    double first = 0;
    double last = 0;
    for (int i = 0; i < values.size(); i++) {
      double value = values.get(i);
      if (!Double.isNaN(value)) {
        double part = high > low ? Math.clamp((value - low) / (high - low), 0, 1) : 0;
        double x = i * step;
        first = points.isEmpty() ? x : first;
        last = x;
        points.add(number(x) + "," + number(height - PADDING - part * (height - 2 * PADDING)));
      }
    }
    String line = String.join(" ", points);
    String area =
        points.isEmpty()
            ? ""
            : number(first) + "," + height + " " + line + " " + number(last) + "," + height;
    return new Sparkline(line, area);
  }

  /** With one digit at most, as little text as it needs. */
  static String number(double value) {
    String text = String.format(Locale.ROOT, "%.1f", value);
    return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
  }
}
