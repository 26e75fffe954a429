using System.Collections.Immutable;
using CloudStream.Log.Entries;
using CloudStream.Storage;
using CloudStream.Storage.Formats;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.State;

/// <summary>The entries of one commit in a register's tail: still encoded, because a writer only copies them.</summary>
/// <param name="Version">The register version that the commit made.</param>
/// <param name="Entries">The commit's entries: a count, then <see cref="EntryCodec"/> bytes.</param>
internal readonly record struct TailCommit(long Version, ReadOnlyMemory<byte> Entries)
{
    public static TailCommit Encode(long version, IReadOnlyList<Entry> entries)
    {
        var writer = new FormatWriter();
        writer.Count(entries.Count);
        foreach (var entry in entries)
            EntryCodec.Write(writer, entry);
        return new TailCommit(version, writer.Written);
    }

    public ImmutableArray<Entry> Decode()
    {
        var reader = new FormatReader(Entries.Span, $"register tail, commit {Version}");
        var entries = ImmutableArray.CreateBuilder<Entry>(reader.ElementCount(2));
        for (var i = entries.Capacity; i > 0; i--)
            entries.Add(EntryCodec.Read(ref reader));
        reader.End();
        return entries.DrainToImmutable();
    }
}

/// <summary>
/// The value of register <c>shards/NNNN</c>: the checkpoint to begin from and every commit since. Who holds the lease stands here once
/// more, so that it can be seen without the checkpoint. Byte by byte in docs/FORMATS.md.
/// </summary>
/// <param name="Epoch">Epoch of the newest holder.</param>
/// <param name="Holder">Who holds the lease; null for nobody.</param>
/// <param name="Checkpoint">The checkpoint object; null while the tail reaches back to the beginning.</param>
/// <param name="CheckpointVersion">The version whose state the checkpoint holds; 0 without one.</param>
/// <param name="Tail">The commits after that version, oldest first, without gaps.</param>
internal sealed record ShardRegister(
    int Epoch, string? Holder, ObjectRef? Checkpoint, long CheckpointVersion, ImmutableArray<TailCommit> Tail)
{
    private const uint Magic = 0x47525343; // "CSRG" in file order
    private const byte FormatVersion = 1;

    /// <summary>The register's key.</summary>
    public static string KeyOf(int shard) => $"shards/{shard:d4}";

    public ReadOnlyMemory<byte> Encode()
    {
        var writer = new FormatWriter(1024);
        WriteHead(writer, Epoch, Holder, (Checkpoint, CheckpointVersion), Tail.Length);
        foreach (var commit in Tail)
            WriteCommit(writer, commit, CheckpointVersion);
        return writer.Written;
    }

    /// <summary>Writes what stands before the commits, of which as many follow as it says.</summary>
    public static void WriteHead(FormatWriter writer, int epoch, string? holder, (ObjectRef? Object, long Version) checkpoint, int commits)
    {
        writer.UInt32(Magic);
        writer.Byte(FormatVersion);
        writer.Count(epoch);
        writer.String(holder ?? "");
        writer.Byte(checkpoint.Object is null ? (byte)0 : (byte)1);
        if (checkpoint.Object is { } reference)
            writer.ObjectRef(reference);
        writer.Count(checkpoint.Version);
        writer.Count(commits);
    }

    /// <summary>Writes one commit of the tail.</summary>
    public static void WriteCommit(FormatWriter writer, in TailCommit commit, long checkpointVersion)
    {
        writer.Count(commit.Version - checkpointVersion);
        writer.Bytes(commit.Entries.Span);
    }

    /// <exception cref="StoreException">Corrupt: the bytes are no register. Refused: they are of a newer format.</exception>
    public static ShardRegister Decode(ReadOnlyMemory<byte> value, int shard)
    {
        var reader = new FormatReader(value.Span, $"register {KeyOf(shard)}");
        if (reader.UInt32() != Magic)
            throw reader.Corrupt("wrong magic");
        var format = reader.Byte();
        if (format != FormatVersion)
            throw new StoreException(StoreErrorKind.Refused,
                $"register {KeyOf(shard)} has format {format}; this version reads format {FormatVersion}");
        var epoch = reader.Count32();
        var holder = reader.String();
        ObjectRef? checkpoint = reader.Byte() == 0 ? null : reader.ObjectRef();
        var checkpointVersion = reader.Count();
        var tail = ImmutableArray.CreateBuilder<TailCommit>(reader.ElementCount(3));
        var last = checkpointVersion;
        for (var i = tail.Capacity; i > 0; i--)
        {
            var version = checkpointVersion + reader.Count();
            if (version <= last)
                throw reader.Corrupt($"commit {version} after commit {last}");
            last = version;
            tail.Add(new TailCommit(version, reader.Bytes().ToArray()));
        }

        reader.End();
        return new ShardRegister(epoch, holder.Length == 0 ? null : holder, checkpoint, checkpointVersion, tail.DrainToImmutable());
    }
}
