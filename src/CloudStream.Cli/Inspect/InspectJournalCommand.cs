using System.CommandLine;
using CloudStream.Cli.Shell;
using CloudStream.Log.Entries;
using CloudStream.Log.Journal;
using CloudStream.Storage.Metadata;

namespace CloudStream.Cli.Inspect;

/// <summary>
/// <c>cloudstream inspect journal [SHARD]</c>: the newest slot of each journal, or the commits behind one shard's checkpoint.
/// </summary>
internal static class InspectJournalCommand
{
    private const int SlotsAtOnce = 64;

    public static Command Create()
    {
        var shard = new Argument<string?>("SHARD")
        {
            Description = "A shard's number: show its commits since the checkpoint. Left out: the newest commit of each shard.",
            Arity = ArgumentArity.ZeroOrOne
        };
        Option<string> data = InspectCommand.DataOption();
        Command command = new Command("journal", "Show the commits in the shards' journals.") { shard, data }
            .WithExamples("cloudstream inspect journal --data ./demo", "cloudstream inspect journal 0 --data ./demo");
        command.SetAction((parsed, cancellationToken) => InspectCommand.ReadAsync(
            parsed.GetValue(data)!,
            stores => ShowAsync(
                stores.Metadata, parsed.GetValue(shard) is { } wanted ? InspectCommand.ShardNumber(wanted) : null, cancellationToken)));
        return command;
    }

    /// <summary>Shows what a slot holds.</summary>
    public static void Show(JournalSlot commit, WriteId writeId, int shard)
    {
        Console.WriteLine($"commit    {commit.Version}  write id {writeId}  behind {commit.Previous}");
        JournalHead head = commit.Head;
        string checkpoint = head.Checkpoint is { } used ? $"{used.NameIn(shard)} of version {head.CheckpointVersion}" : "none";
        Console.WriteLine($"  epoch {head.Epoch}, holder {head.Holder ?? "nobody"}, horizon {head.Horizon}, checkpoint {checkpoint}");
        foreach (Entry entry in commit.Decode())
            Console.WriteLine($"  {EntryText.Of(entry, shard)}");
    }

    private static async Task ShowAsync(IMetadataStore metadata, int? wanted, CancellationToken cancellationToken)
    {
        foreach ((int shard, string called, JournalReader journal) in await InspectCommand.JournalsAsync(metadata, wanted))
        {
            ReadSlot? newest = await journal.FindNewestAsync(cancellationToken);
            if (newest is not { } last)
            {
                Console.WriteLine($"{called} has no commit yet");
                continue;
            }

            Console.WriteLine($"{called}, slot {journal.KeyOf(last.Version)}");
            if (wanted is null)
                Show(last.Commit, last.WriteId, shard);
            else
                await ShowTailAsync(journal, last.Commit.Head.CheckpointVersion + 1, shard, cancellationToken);
        }
    }

    // As far as it reaches by now; a broker may be writing.
    private static async Task ShowTailAsync(JournalReader journal, long from, int shard, CancellationToken cancellationToken)
    {
        for (bool isEnd = false; !isEnd;)
        {
            (List<ReadSlot> slots, isEnd) = await journal.ReadFromAsync(from, SlotsAtOnce, cancellationToken);
            if (slots.Count > 0 && slots[0].Version != from)
                throw new CommandException($"the journal of shard {shard} has gone on meanwhile; once more");
            foreach (ReadSlot slot in slots)
                Show(slot.Commit, slot.WriteId, shard);
            from += slots.Count;
        }
    }
}
