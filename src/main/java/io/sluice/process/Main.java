package io.sluice.process;

/** Starts Sluice. */
public final class Main {
  private Main() {}

  /** Entry point. */
  public static void main(String[] args) {
    System.err.println("being built");
  }
}
