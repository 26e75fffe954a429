using CloudStream.Storage.Metadata;

namespace CloudStream.Cluster.Topics;

/// <summary>A topic's register as it was read or written last.</summary>
/// <param name="Register">Its value.</param>
/// <param name="Version">Its version.</param>
internal sealed record KnownTopic(TopicRegister Register, long Version)
{
    /// <summary>Decodes a register; null for none.</summary>
    public static KnownTopic? From(Register? register) =>
        register is null ? null : new KnownTopic(TopicRegister.Decode(register.Value, register.Key), register.Version);

    /// <summary>What clients may see of it; null while they may see nothing.</summary>
    public TopicInfo? Visible(string name) =>
        Register.Stage == TopicStage.Deleting || Register.ReadyPartitions == 0 ? null
        : Register.ReadyPartitions == Register.Shards.Length ? Whole(name)
        : new TopicInfo(name, Register.Id, Register.Shards[..Register.ReadyPartitions], Register.Config);

    /// <summary>The topic with all its partitions, whatever stage it is in.</summary>
    public TopicInfo Whole(string name) => new(name, Register.Id, Register.Shards, Register.Config);
}
