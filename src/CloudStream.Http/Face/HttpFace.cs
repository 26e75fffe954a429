using CloudStream.Cluster;
using CloudStream.Http.Requests;
using Microsoft.Extensions.Logging;

namespace CloudStream.Http.Face;

/// <summary>What every endpoint works with; one per application, resolved once when the routes are mapped.</summary>
/// <param name="Broker">The log.</param>
/// <param name="Options">Limits and intervals.</param>
/// <param name="Time">Clock and timers.</param>
/// <param name="Memory">What request bodies hold.</param>
/// <param name="Meters">This project's own instruments.</param>
/// <param name="Logger">Where this project logs.</param>
/// <param name="Stopping">Signalled when the application begins to stop: endless answers end then.</param>
internal sealed record HttpFace(
    IBroker Broker,
    CloudStreamHttpOptions Options,
    TimeProvider Time,
    RequestMemory Memory,
    HttpMeters Meters,
    ILogger Logger,
    CancellationToken Stopping);
