using CloudStream.Storage.Objects;

namespace CloudStream.Log.Entries;

/// <summary>
/// Names an immutable index page that describes a partition's old slices (level 0) or other pages (level 1 and up).
/// Pages list only objects that hold nothing but this partition, so an object dies with its slice.
/// </summary>
/// <param name="Page">The page object.</param>
/// <param name="Level">0: the page lists slices; n: it lists pages of level n-1.</param>
/// <param name="BaseOffset">First offset that the page covers.</param>
/// <param name="EndOffset">One past the last offset that it covers.</param>
/// <param name="MaxTimestamp">Largest record timestamp below it, counted as a slice counts its own.</param>
/// <param name="Bytes">Bytes of record batches below it.</param>
public sealed record PageRef(ObjectRef Page, int Level, long BaseOffset, long EndOffset, long MaxTimestamp, long Bytes);
