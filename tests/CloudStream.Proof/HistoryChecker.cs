using CloudStream.Cluster;
using CloudStream.Log.Calls;

namespace CloudStream.Proof;

/// <summary>
/// Judges a history of one partition against the log that was read in the end and against what the auditor saw committed.
/// </summary>
/// <param name="partition">The partition.</param>
/// <param name="history">What clients saw.</param>
/// <param name="committed">What the auditor saw committed, from offset 0.</param>
/// <param name="final">The log as a fresh broker read it.</param>
/// <param name="logStart">Where that log begins.</param>
/// <param name="isDamaged">Whether the bytes at an offset were damaged at rest; these alone may be missing.</param>
public sealed class HistoryChecker(int partition, History history, CommittedLog committed, IReadOnlyList<(long Offset, string Value)> final,
    long logStart, Func<long, bool> isDamaged)
{
    private readonly List<AppendRecord> _appends = [.. history.Appends.Where(a => a.Partition == partition)];
    private readonly List<Observation> _observations = [.. history.Observations.Where(o => o.Partition == partition)];
    private readonly Dictionary<string, long> _places = [];

    public void Check()
    {
        CheckFinalLog();
        CheckValues();
        _appends.ForEach(CheckAppend);
        CheckOrder();
        CheckRealTime();
        CheckObservations();
    }

    // Everything committed is visible, with one value per offset and no gap.
    private void CheckFinalLog()
    {
        var next = logStart;
        foreach (var (offset, value) in final)
        {
            while (next < offset && isDamaged(next))
                next++;
            if (offset != next++)
                Fail("no gap", $"offset {offset} follows {next - 2} in the final log");
            if (offset >= committed.End || committed[offset] != value)
                Fail(
                    "one value per offset",
                    $"offset {offset} holds {value} in the final log and {(offset < committed.End ? committed[offset] : "nothing")} in the "
                        + "commits");
        }

        while (next < committed.End && isDamaged(next))
            next++;
        if (next != committed.End)
            Fail("committed is visible", $"the final log ends at {next}, the commits at {committed.End}");
    }

    private void CheckValues()
    {
        foreach (var (value, offset) in committed.Values.Select((v, i) => (v, (long)i)))
        {
            if (!_places.TryAdd(value, offset))
                Fail("no duplicate", $"{value} is at offsets {_places[value]} and {offset}");
        }
    }

    private void CheckAppend(AppendRecord append)
    {
        var places = append.Values.Select(v => _places.GetValueOrDefault(v, -1)).ToArray();
        for (var i = 1; i < places.Length; i++)
        {
            if (places[i] != (places[0] < 0 ? -1 : places[0] + i))
                Fail("whole appends", $"{append} is at {string.Join(' ', places)}");
        }

        if (append.Outcome == AppendOutcome.Acknowledged && places[0] < 0)
            Fail("no acknowledged record lost", $"{append} is nowhere");
        if (append.Outcome == AppendOutcome.Acknowledged && places[0] != append.BaseOffset)
            Fail("reported offset is stored offset", $"{append} is at {places[0]}");
        if (append.Outcome == AppendOutcome.Refused && places[0] >= 0)
            Fail("refused is not appended", $"{append} is at {places[0]}");
        if (append.ExpectedOffset >= 0 && places[0] >= 0 && places[0] != append.ExpectedOffset)
            Fail("conditional appends", $"{append} expected {append.ExpectedOffset} and is at {places[0]}");
        if (append.Outcome == AppendOutcome.Acknowledged && append.LogEnd >= 0 && append.LogEnd < append.BaseOffset + append.Values.Length)
            Fail("reported offset is stored offset", $"{append} was told that the log ends at {append.LogEnd}");
        if (append is { Error: ErrorCode.OffsetMismatch } && append.LogEnd == append.ExpectedOffset)
            Fail("conditional appends", $"{append} was refused though the log ended at {append.LogEnd}");
    }

    // An idempotent producer's records are in the log in the order of their sequences, without holes.
    private void CheckOrder()
    {
        foreach (var producer in _appends.Where(a => a.IsIdempotent).GroupBy(a => a.Client))
        {
            long last = -1;
            string? missing = null;
            foreach (var value in producer.SelectMany(a => a.Values))
            {
                var place = _places.GetValueOrDefault(value, -1);
                if (place >= 0 && (missing is not null || place <= last))
                    Fail("idempotent order", $"{value} is at {place}, after {last}; missing before it: {missing ?? "nothing"}");
                if (place < 0)
                    missing ??= value;
                else
                    last = place;
            }
        }
    }

    // What was acknowledged, or seen, before an append began lies before it; what an answer says about the end includes it.
    private void CheckRealTime()
    {
        var known = _appends.Where(a => a.Outcome == AppendOutcome.Acknowledged).Select(
            a => (At: a.Completed, End: a.BaseOffset + a.Values.Length))
            .Concat(_observations.Select(o => (At: o.Completed, End: o.HighWatermark)))
            .OrderBy(k => k.At).ToList();
        var next = 0;
        long end = 0;
        foreach (var append in _appends.OrderBy(a => a.Invoked))
        {
            for (; next < known.Count && known[next].At < append.Invoked; next++)
                end = Math.Max(end, known[next].End);
            var place = _places.GetValueOrDefault(append.Values[0], -1);
            if (place >= 0 && place < end)
                Fail("real-time order", $"{append} is at {place}, but the log was known to end at {end} before it began");
            if (append.Error == ErrorCode.OffsetMismatch && append.LogEnd < end)
                Fail("conditional appends", $"{append} was told that the log ends at {append.LogEnd}, but it was known to end at {end}");
        }
    }

    // Frontiers never go back for anybody, whichever brokers answer: an answer to a question that was asked after another answer (or an
    // acknowledgement) had been given shows no less.
    private void CheckObservations()
    {
        var known = _observations.Select(o => (At: o.Completed, Start: o.LogStart, End: o.HighWatermark, By: $"{o.Client} on {o.Broker}"))
            .Concat(_appends.Where(a => a.Outcome == AppendOutcome.Acknowledged).Select(
                a => (At: a.Completed, Start: -1L, End: a.BaseOffset + a.Values.Length, By: a.Client)))
            .OrderBy(k => k.At).ToList();
        var next = 0;
        (long Offset, string By) start = (-1, ""), end = (-1, "");
        foreach (var observation in _observations.OrderBy(o => o.Invoked))
        {
            for (; next < known.Count && known[next].At < observation.Invoked; next++)
            {
                start = known[next].Start > start.Offset ? (known[next].Start, known[next].By) : start;
                end = known[next].End > end.Offset ? (known[next].End, known[next].By) : end;
            }

            if (observation.HighWatermark >= 0 && observation.HighWatermark < end.Offset)
                Fail(
                    "watermark",
                    $"{end.By} saw the log end at {end.Offset}, then {observation.Client} at {observation.HighWatermark} "
                        + $"on {observation.Broker} (steps {observation.Invoked}-{observation.Completed})");
            if (observation.LogStart >= 0 && observation.LogStart < start.Offset)
                Fail(
                    "watermark",
                    $"{start.By} saw the log begin at {start.Offset}, then {observation.Client} at {observation.LogStart} "
                        + $"on {observation.Broker} (steps {observation.Invoked}-{observation.Completed})");
            CheckRecords(observation);
        }
    }

    private void CheckRecords(Observation observation)
    {
        foreach (var (offset, value) in observation.Records)
        {
            if (offset >= committed.End || committed[offset] != value)
                Fail(
                    "one value per offset",
                    $"{observation.Client} read {value} at offset {offset}, "
                        + $"where {(offset < committed.End ? committed[offset] : "nothing")} was committed");
        }
    }

    private void Fail(string property, string detail) => throw new ViolationException(property, $"partition {partition}: {detail}");
}
