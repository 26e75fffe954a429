using CloudStream.Proof;
using ErrorCode = CloudStream.Log.Calls.ErrorCode;

namespace CloudStream.Cli.Tests.Faults;

/// <summary>
/// The judge of the real processes can say no: a sound history passes, and one false thing in it, or in the log, is called by its name.
/// </summary>
public sealed class DoctoredHistoryTests
{
    public static TheoryData<string, Action<Case>> Doctored => new()
    {
        { "no acknowledged record lost", c => c.Put(4, "somebody:else") },
        { "no duplicate", c => c.Put(4, "plain:0") },
        { "one value per offset", c => c.Seen[2] = (2, "plain:1") },
        { "no gap", c => c.Seen.RemoveAt(3) },
        { "committed is visible", c => c.Seen.RemoveAt(6) },
        { "reported offset is stored offset", c => c.Appends[0].BaseOffset = 1 },
        { "refused is not appended", c => c.Appends[6].Outcome = AppendOutcome.Refused },
        { "idempotent order", c => c.Swap(1, 2) },
        { "conditional appends", c => c.Swap(3, 4) },
        { "real-time order", c => c.Swap(0, 4) },
        { "conditional appends", c => c.Add("if:1", expectedOffset: 7, AppendOutcome.Refused, logEnd: 2) },
        { "watermark", c => c.Observe("reader", end: 7).Observe("reader", end: 6) },
        { "one value per offset", c => c.Observe("reader", end: 7, (5, "plain:2")) },
    };

    [Fact]
    public void ASoundHistoryPasses() => new Case().Check();

    [Theory]
    [MemberData(nameof(Doctored))]
    public void AFalseOneIsCaught(string property, Action<Case> doctor)
    {
        var doctored = new Case();
        doctor(doctored);
        Assert.Equal(property, Assert.Throws<ViolationException>(doctored.Check).Property);
    }

    /// <summary>Seven appends one after the other, the last of unknown outcome and in the log all the same.</summary>
    public sealed class Case
    {
        private readonly History _history;
        private long _tick;

        public Case()
        {
            _history = new History(() => ++_tick);
            Add("plain:0", 0);
            Add("exact:0", 1, isIdempotent: true);
            Add("exact:1", 2, isIdempotent: true);
            Add("if:0", 3, expectedOffset: 3);
            Add("plain:1", 4);
            Add("exact:2", 5, isIdempotent: true);
            Add("plain:2", -1, outcome: AppendOutcome.Unknown);
            Committed = [.. Appends.Select(a => a.Values[0])];
            Seen = [.. Committed.Select((v, i) => ((long)i, v))];
        }

        internal List<AppendRecord> Appends => _history.Appends;

        internal List<string> Committed { get; }

        internal List<(long Offset, string Value)> Seen { get; private set; }

        internal void Add(string value, long expectedOffset, AppendOutcome outcome, long logEnd)
        {
            Add(value, -1, expectedOffset: expectedOffset, outcome: outcome);
            (Appends[^1].Error, Appends[^1].LogEnd) = (ErrorCode.OffsetMismatch, logEnd);
        }

        /// <summary>Another record is where this one was.</summary>
        internal void Put(int offset, string value)
        {
            Committed[offset] = value;
            Seen[offset] = (offset, value);
        }

        /// <summary>Exchanges two records in the log, and what their producers were told of their places.</summary>
        internal void Swap(int a, int b)
        {
            (Committed[a], Committed[b]) = (Committed[b], Committed[a]);
            Seen = [.. Committed.Select((v, i) => ((long)i, v))];
            (Appends[a].BaseOffset, Appends[b].BaseOffset) = (Appends[b].BaseOffset, Appends[a].BaseOffset);
        }

        internal Case Observe(string client, long end, params (long, string)[] records)
        {
            _history.Observations.Add(new Observation(client, "broker 0, start 1", 0, ++_tick, ++_tick, 0, end, records));
            return this;
        }

        internal void Check()
        {
            var committed = new CommittedLog();
            committed.Append(Committed, 0);
            new HistoryChecker(0, _history, committed, Seen, logStart: 0, _ => false).Check();
        }

        private void Add(string value, long offset, bool isIdempotent = false, long expectedOffset = -1,
            AppendOutcome outcome = AppendOutcome.Acknowledged)
        {
            AppendRecord append = _history.Begin(value.Split(':')[0], 0, [value], isIdempotent, expectedOffset);
            (append.BaseOffset, append.Outcome, append.Completed) = (offset, outcome, ++_tick);
        }
    }
}
