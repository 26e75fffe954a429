using System.Collections.Immutable;
using CloudStream.Log.Groups;
using CloudStream.Storage.Formats;

namespace CloudStream.Log.State;

internal static partial class CheckpointCodec
{
    private static void WriteGroups(FormatWriter writer, ShardState state)
    {
        writer.Count(state.OffsetsTopicEnds.Length);
        foreach (var end in state.OffsetsTopicEnds)
            writer.Count(end);
        writer.Count(state.Groups.Count);
        foreach (var (name, group) in state.Groups)
        {
            writer.String(name);
            GroupCodec.WriteGroup(writer, group);
        }
    }

    private static (ImmutableArray<long> Ends, ImmutableSortedDictionary<string, StoredGroup> Groups) ReadGroups(ref FormatReader reader)
    {
        var ends = ImmutableArray.CreateBuilder<long>(reader.ElementCount(1));
        for (var i = ends.Capacity; i > 0; i--)
            ends.Add(reader.Count());
        if (ends.Count > 0 && ends.Count != GroupTransition.OffsetsTopicPartitions)
            throw reader.Corrupt($"{ends.Count} partitions of __consumer_offsets");
        var groups = ShardState.NoGroups.ToBuilder();
        for (var i = reader.ElementCount(9); i > 0; i--)
        {
            var name = reader.String();
            if (!groups.TryAdd(name, GroupCodec.ReadGroup(ref reader)))
                throw reader.Corrupt($"group {name} twice");
        }

        return (ends.DrainToImmutable(), groups.ToImmutable());
    }
}
