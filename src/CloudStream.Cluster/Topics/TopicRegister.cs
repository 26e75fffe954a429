using System.Collections.Immutable;
using CloudStream.Cluster.Registers;

namespace CloudStream.Cluster.Topics;

/// <summary>The value of register <c>topics/NAME</c>. Immutable. Byte by byte in docs/FORMATS.md.</summary>
/// <param name="Id">The topic's id, fresh for each creation.</param>
/// <param name="Stage">Where it is in its life.</param>
/// <param name="ReadyPartitions">How many partitions, from 0, clients may see: all when ready, the former ones while it is widened, none
/// while it is new.</param>
/// <param name="Shards">For each partition its shard.</param>
/// <param name="Config">The settings that were set explicitly.</param>
internal sealed record TopicRegister(
    Guid Id, TopicStage Stage, int ReadyPartitions, ImmutableArray<int> Shards, ImmutableSortedDictionary<string, string> Config)
{
    /// <summary>The family of all topics.</summary>
    public const string Prefix = "topics/";

    private static ReadOnlySpan<byte> Magic => "CSTP"u8;

    /// <summary>The register's key.</summary>
    public static string KeyOf(string name) => Prefix + name;

    /// <summary>The topic's name, from its key.</summary>
    public static string NameOf(string key) => key[Prefix.Length..];

    public ReadOnlyMemory<byte> Encode()
    {
        var writer = RegisterFormat.Begin(Magic);
        writer.Guid(Id);
        writer.Byte((byte)Stage);
        writer.Count(ReadyPartitions);
        writer.Count(Shards.Length);
        foreach (var shard in Shards)
            writer.Count(shard);
        writer.Count(Config.Count);
        foreach (var (name, value) in Config)
        {
            writer.String(name);
            writer.String(value);
        }

        return writer.Written;
    }

    public static TopicRegister Decode(ReadOnlyMemory<byte> value, string key)
    {
        var reader = RegisterFormat.Open(value, Magic, key);
        var (id, stage, ready) = (reader.Guid(), (TopicStage)reader.Byte(), reader.Count32());
        if (!Enum.IsDefined(stage))
            throw reader.Corrupt($"stage {(int)stage}");
        var shards = ImmutableArray.CreateBuilder<int>(reader.ElementCount(1));
        for (var i = shards.Capacity; i > 0; i--)
            shards.Add(reader.Count32());
        if (ready > shards.Count)
            throw reader.Corrupt($"{ready} of {shards.Count} partitions are ready");
        var config = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        for (var i = reader.ElementCount(2); i > 0; i--)
            config.Add(reader.String(), reader.String());
        reader.End();
        return new TopicRegister(id, stage, ready, shards.DrainToImmutable(), config.ToImmutable());
    }
}
