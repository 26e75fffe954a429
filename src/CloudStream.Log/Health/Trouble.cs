namespace CloudStream.Log.Health;

/// <summary>Something that is wrong and has not ended yet.</summary>
/// <param name="Kind">Of what kind.</param>
/// <param name="Detail">What and where, as a sentence for people.</param>
public sealed record Trouble(TroubleKind Kind, string Detail)
{
    /// <summary>The kind as metrics and <c>/readyz</c> write it.</summary>
    public string Code => CodeOf(Kind);

    internal static string CodeOf(TroubleKind kind) => kind switch
    {
        TroubleKind.Damage => "damage",
        TroubleKind.Shard => "shard",
        TroubleKind.NotWritable => "not-writable",
        TroubleKind.Uploads => "uploads",
        TroubleKind.Commits => "commits",
        TroubleKind.Checkpoints => "checkpoints",
        TroubleKind.JournalFull => "journal-full",
        _ => "upkeep",
    };
}
