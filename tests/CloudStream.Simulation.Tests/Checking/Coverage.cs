namespace CloudStream.Simulation.Tests.Checking;

/// <summary>
/// The situations that runs must reach for their silence to mean something, and where they are counted (<see cref="World.Count"/>).
/// </summary>
internal static class Coverage
{
    /// <summary>Situations by name, with what counts them.</summary>
    public static IReadOnlyList<(string Situation, string Counter)> Situations { get; } =
    [
        ("unknown outcome", "append: OutcomeUnknown"),
        ("lost reply proven committed", "cloudstream.commits.found"),
        ("lapped while in doubt", "cloudstream.unknown_outcomes"),
        ("waited for room in the journal", "cloudstream.journal.full"),
        ("lap of a journal", "lap"),
        ("void, uploaded again", "cloudstream.flushes.voided"),
        ("commit conflict", "cloudstream.commit.conflicts"),
        ("duplicate answered", "append: None (duplicate)"),
        ("conditional append refused", "append: OffsetMismatch"),
        ("take-over", "take-over"),
        ("hand-over", "hand-over"),
        ("crash", "crash"),
        ("pause", "pause"),
        ("checkpoint", "CheckpointEntry"),
        ("directory in the object", "flush with its directory in the object"),
        ("records in a slot", "InlineFlushEntry"),
        ("records spilled", "spill"),
        ("trim", "TrimEntry"),
        ("merge", "MergeEntry"),
        ("page written", "PageEntry"),
        ("trash deleted", "cloudstream.upkeep.deleted"),
        ("horizon", "HorizonEntry"),
        ("orphan swept", "cloudstream.upkeep.orphans"),
        ("topic created", "create: None"),
        ("topic deleted", "delete: None"),
        ("damage reported", "fetch: CorruptStorage"),
        ("loss accepted", "LossAcceptedEntry"),
        ("loss refused, for it can be read", "accept: InvalidRequest"),
        ("damaged state reported", "flip: reported"),
        ("damage without effect", "flip: no effect"),
        ("group rebalanced", "group: generation"),
        ("groups' entry in an object", "ObjectEntry"),
        ("group taken over with its members", "group: take-over with members"),
        ("group's commit acknowledged", "commit: None"),
        ("group's commit fenced by generation", "commit: IllegalGeneration"),
        ("group's commit of a member thrown out", "commit: UnknownMemberId"),
        ("group's commit by a deposed or wrong coordinator", "commit: NotCoordinator"),
        ("group's commit of unknown outcome", "commit: RequestTimedOut (no member)"),
        ("group's commit whose reply was lost", "commit: reply lost"),
        ("group's commit refused beside members", "commit: UnknownMemberId (no member)"),
        ("group's commit by no member", "commit: None (no member)"),
        ("group's static member fenced", "member: fenced"),
        ("group's member crashed", "member: crashes"),
        ("group's member slept beyond its session", "member: slept too long"),
    ];

    /// <summary>The instruments that are counted.</summary>
    public static bool IsInstrument(string name) => Situations.Any(s => s.Counter == name);

    /// <summary>How often each situation was reached.</summary>
    public static string Describe(IReadOnlyDictionary<string, long> counts) =>
        "coverage: " + string.Join(", ",
            Situations.Select(s => counts.TryGetValue(s.Counter, out var count) ? $"{s.Situation} {count:N0}" : $"{s.Situation} NEVER"));
}
