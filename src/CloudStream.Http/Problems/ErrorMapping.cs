namespace CloudStream.Http.Problems;

/// <summary>How an outcome looks over HTTP.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">Last part of the problem's type, kebab-case.</param>
/// <param name="Title">The same words for every occurrence.</param>
internal readonly record struct ErrorMapping(int Status, string Code, string Title);
