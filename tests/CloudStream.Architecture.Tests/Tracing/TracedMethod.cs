namespace CloudStream.Architecture.Tests.Tracing;

/// <param name="File">Its source file, relative to <c>src</c>; empty where there is none.</param>
/// <param name="IsBehaviour">Whether it does something: no constructor, accessor or operator, and no member of a value (a struct or a
/// record).</param>
internal readonly record struct TracedMethod(string File, bool IsBehaviour);
