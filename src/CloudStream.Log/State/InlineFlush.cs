using System.Collections.Immutable;
using CloudStream.Log.Entries;
using CloudStream.Storage.Objects;

namespace CloudStream.Log.State;

/// <summary>
/// A flush whose records lie in a slot of the journal. It stays in the state until a checkpoint that covers it is in use, also when nobody
/// needs its records any more: so everybody who applies that checkpoint's entry knows what its spill holds, and where.
/// </summary>
/// <param name="Object">What slices name it by: <see cref="ObjectKind.Slot"/>, born at its commit.</param>
/// <param name="Parts">The bytes of each partition in it, in their order.</param>
/// <param name="Records">The records; null in a state on its way from a checkpoint to the commit that put it in use.</param>
public sealed record InlineFlush(ObjectRef Object, ImmutableArray<InlinePart> Parts, InlineRecords? Records);

/// <summary>One partition's bytes in an inline flush.</summary>
public readonly record struct InlinePart(int Slot, int Bytes);
