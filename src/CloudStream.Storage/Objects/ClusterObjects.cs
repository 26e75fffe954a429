using System.Buffers;
using System.Runtime.CompilerServices;

namespace CloudStream.Storage.Objects;

/// <summary>
/// One cluster's objects in a store: every name begins with the cluster's tag, so whose an object is stands in its name. Callers see names
/// without the tag, and what bears another one, or none, cannot be read, listed or deleted through this. Thread-safe.
/// </summary>
/// <param name="store">The store that holds them, and perhaps others'.</param>
/// <param name="tag">The cluster's tag.</param>
public sealed class ClusterObjects(IObjectStore store, string tag) : IObjectStore
{
    /// <summary>Length of a tag: 16 lower-case hexadecimal digits.</summary>
    public const int TagLength = 16;

    private static readonly SearchValues<char> s_digits = SearchValues.Create("0123456789abcdef");

    private readonly string _prefix = $"{tag}/";

    /// <summary>
    /// Whether a store's object holds some cluster's data, of earlier versions too: whose registers are missing must not be taken for
    /// nobody's.
    /// </summary>
    public static bool HoldsData(string name) => IsObject(name) || (IsTagged(name) && IsObject(name[(TagLength + 1)..]));

    /// <inheritdoc/>
    public ValueTask PutAsync(string name, IReadOnlyList<ReadOnlyMemory<byte>> content, CancellationToken cancellationToken) =>
        store.PutAsync(_prefix + name, content, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<int> GetRangeAsync(string name, long position, Memory<byte> destination, CancellationToken cancellationToken) =>
        store.GetRangeAsync(_prefix + name, position, destination, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Memory<byte>> GetRangeAsync(
        string name, long position, int length, Memory<byte> room, CancellationToken cancellationToken) =>
            store.GetRangeAsync(_prefix + name, position, length, room, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ObjectFile?> OpenFileAsync(string name, long position, int length, CancellationToken cancellationToken) =>
        store.OpenFileAsync(_prefix + name, position, length, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<long> GetSizeAsync(string name, CancellationToken cancellationToken) =>
        store.GetSizeAsync(_prefix + name, cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var info in store.ListAsync(_prefix + prefix, cancellationToken))
            yield return info with { Name = info.Name[_prefix.Length..] };
    }

    /// <inheritdoc/>
    public ValueTask DeleteAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken) =>
        store.DeleteAsync([.. names.Select(n => _prefix + n)], cancellationToken);

    // Checkpoints began with a hash once, as all others do.
    private static bool IsObject(string name) =>
        ObjectRef.TryParse(name, out _, out _)
        || (name.Length == ObjectRef.NameLength && ObjectRef.TryParse(string.Concat("ck", name.AsSpan(2)), out _, out _));

    private static bool IsTagged(string name) =>
        name.Length > TagLength && name[TagLength] == '/' && !name.AsSpan(0, TagLength).ContainsAnyExcept(s_digits);
}
