namespace CloudStream.Storage.Objects;

/// <summary>
/// A store of immutable objects. Names are never reused and objects never overwritten, so a reader may cache bytes for ever.
/// Every method throws <see cref="StoreException"/> and nothing else (cancellation aside). Implementations are thread-safe.
/// </summary>
/// <remarks>
/// Names are 1 to 512 characters of <c>a-z 0-9 / - _ .</c>, without <c>//</c>, <c>..</c> or a leading or trailing <c>/</c>.
/// A put is durable when its task completes: it survives a crash of the process and of the machine.
/// </remarks>
public interface IObjectStore
{
    /// <summary>
    /// Stores an object under a fresh name. Putting the same bytes under the same name again is allowed (a retry after an
    /// ambiguous outcome) and changes nothing; a cancelled or failed put may still have taken effect.
    /// </summary>
    /// <param name="name">The fresh name.</param>
    /// <param name="content">The bytes as pieces in order (gather write). The caller owns them and leaves them unchanged until the task
    /// completes.</param>
    /// <param name="cancellationToken">Abandons the wait; the outcome is then unknown.</param>
    ValueTask PutAsync(string name, IReadOnlyList<ReadOnlyMemory<byte>> content, CancellationToken cancellationToken);

    /// <summary>Reads from <paramref name="position"/> until <paramref name="destination"/> is full or the object ends.</summary>
    /// <returns>Bytes read; less than asked for only at the end of the object; 0 at or past its end.</returns>
    /// <exception cref="StoreException"><see cref="StoreErrorKind.NotFound"/> when there is no such object.</exception>
    ValueTask<int> GetRangeAsync(string name, long position, Memory<byte> destination, CancellationToken cancellationToken);

    /// <summary>
    /// Reads <paramref name="length"/> bytes from <paramref name="position"/> on, or up to the object's end, to where it suits the store in
    /// <paramref name="room"/>.
    /// </summary>
    /// <param name="name">The object.</param>
    /// <param name="position">First byte.</param>
    /// <param name="length">Bytes to read.</param>
    /// <param name="room">At least as many bytes. With <see cref="ObjectRanges.SlackBytes"/> more, in memory that begins at a page, a store
    /// on a disk can leave the bytes where the disk puts them.</param>
    /// <param name="cancellationToken">Abandons the wait.</param>
    /// <returns>The part of <paramref name="room"/> that holds them; the rest of it is undefined.</returns>
    /// <exception cref="StoreException"><see cref="StoreErrorKind.NotFound"/> when there is no such object.</exception>
    async ValueTask<Memory<byte>> GetRangeAsync(
        string name, long position, int length, Memory<byte> room, CancellationToken cancellationToken) =>
            room[..await GetRangeAsync(name, position, room[..length], cancellationToken)];

    /// <summary>Part of an object where it lies in a file of this machine. The caller disposes of it.</summary>
    /// <returns>
    /// Null where the store has no such files, does not know the object, or the object is shorter: then it has to be read.
    /// </returns>
    ValueTask<ObjectFile?> OpenFileAsync(string name, long position, int length, CancellationToken cancellationToken) =>
        new((ObjectFile?)null);

    /// <summary>The object's size in bytes.</summary>
    /// <exception cref="StoreException"><see cref="StoreErrorKind.NotFound"/> when there is no such object.</exception>
    ValueTask<long> GetSizeAsync(string name, CancellationToken cancellationToken);

    /// <summary>
    /// Lists objects whose names start with <paramref name="prefix"/>, in ordinal order of names. An object put or deleted while
    /// the list runs may or may not appear; others appear exactly once.
    /// </summary>
    IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Deletes the named objects; names that do not exist are no error. After a failure any of them may be gone.</summary>
    ValueTask DeleteAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken);
}
