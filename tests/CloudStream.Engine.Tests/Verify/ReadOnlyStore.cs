using CloudStream.Storage.Objects;

namespace CloudStream.Engine.Tests.Verify;

/// <summary>A store that can only be read; a test steps in before reads and changes what they return.</summary>
internal sealed class ReadOnlyStore(IObjectStore inner) : IObjectStore
{
    /// <summary>Runs before each read.</summary>
    public Func<string, Task>? BeforeRead { get; set; }

    /// <summary>A byte of an object that reads other than it was written.</summary>
    public (string Name, long Position)? Flipped { get; set; }

    /// <summary>An object that ends before its end.</summary>
    public (string Name, long Size)? Cut { get; set; }

    public async ValueTask<int> GetRangeAsync(string name, long position, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (BeforeRead is { } before)
            await before(name);
        var count = await inner.GetRangeAsync(name, position, destination, cancellationToken);
        if (Flipped is { } flipped && flipped.Name == name && flipped.Position >= position && flipped.Position < position + count)
            destination.Span[(int)(flipped.Position - position)] ^= 0x10;
        return Cut is { } cut && cut.Name == name ? (int)Math.Clamp(cut.Size - position, 0, count) : count;
    }

    public async ValueTask<long> GetSizeAsync(string name, CancellationToken cancellationToken)
    {
        var size = await inner.GetSizeAsync(name, cancellationToken);
        return Cut is { } cut && cut.Name == name ? cut.Size : size;
    }

    public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, cancellationToken);

    public ValueTask PutAsync(string name, IReadOnlyList<ReadOnlyMemory<byte>> content, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("a verification writes nothing");

    public ValueTask DeleteAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("a verification deletes nothing");
}
