package io.sluice.http;

/**
 * What a head may measure.
 *
 * @param startLine bytes of the start line without its line end
 * @param fields bytes of the header section
 * @param count field lines
 */
public record HeadLimits(int startLine, int fields, int count) {}
