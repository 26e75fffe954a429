using System.Globalization;
using System.Net.Http;
using CloudStream.Http.Face;
using CloudStream.Http.Problems;
using CloudStream.Http.Routing;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;

namespace CloudStream.Http.OpenApi;

/// <summary>Writes every mapped <see cref="Operation"/> into the OpenAPI document.</summary>
internal sealed class OperationsTransformer(EndpointDataSource endpoints, IOptions<CloudStreamHttpOptions> options)
    : IOpenApiDocumentTransformer
{
    private static readonly Dictionary<string, string> RouteParameters = new(StringComparer.Ordinal)
    {
        ["topic"] = "TopicName",
        ["partition"] = "Partition",
        ["group"] = "Text",
        ["member"] = "Text"
    };

    public Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellationToken)
    {
        document.Info = new OpenApiInfo
        {
            Title = "CloudStream",
            Version = options.Value.Version,
            Description =
                "Event streaming on an object store. The same topics and offsets as Kafka clients see. Errors are application/problem+json "
                    + "with a stable member code.",
        };
        Shapes.AddTo(document);
        document.Paths = [];
        var operations = endpoints.Endpoints.OfType<RouteEndpoint>().Select(e => e.Metadata.GetMetadata<Operation>()).OfType<Operation>();
        foreach (var path in operations.GroupBy(o => o.Pattern))
        {
            var item = new OpenApiPathItem();
            foreach (var operation in path)
                item.AddOperation(HttpMethod.Parse(operation.Method), Describe(document, operation));
            document.Paths.Add(path.Key, item);
        }

        return Task.CompletedTask;
    }

    private static OpenApiOperation Describe(OpenApiDocument document, Operation operation)
    {
        document.Tags ??= new HashSet<OpenApiTag>();
        if (document.Tags.All(t => t.Name != operation.Tag))
            document.Tags.Add(new OpenApiTag { Name = operation.Tag });
        return new OpenApiOperation
        {
            OperationId = operation.Id,
            Summary = operation.Summary,
            Description = operation.Description,
            Tags = new HashSet<OpenApiTagReference> { new(operation.Tag, document) },
            Parameters = [.. Parameters(document, operation)],
            RequestBody = Body(document, operation),
            Responses = Responses(document, operation),
        };
    }

    private static IEnumerable<IOpenApiParameter> Parameters(OpenApiDocument document, Operation operation)
    {
        foreach (var (name, shape) in RouteParameters.Where(p => operation.Pattern.Contains($"{{{p.Key}}}", StringComparison.Ordinal)))
            yield return new OpenApiParameter
            {
                Name = name,
                In = ParameterLocation.Path,
                Required = true,
                Schema = Reference(document, shape)
            };
        foreach (var query in operation.Query)
            yield return Parameter(document, query, ParameterLocation.Query);
        foreach (var header in operation.Headers)
            yield return Parameter(document, header, ParameterLocation.Header);
    }

    private static OpenApiParameter Parameter(OpenApiDocument document, OperationParameter parameter, ParameterLocation place) =>
        new()
        {
            Name = parameter.Name,
            In = place,
            Required = parameter.Required,
            Description = parameter.Description,
            Schema = Reference(document, parameter.Schema)
        };

    private static OpenApiRequestBody? Body(OpenApiDocument document, Operation operation)
    {
        if (operation.Bodies.Count == 0)
            return null;
        var content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal);
        foreach (var body in operation.Bodies)
            content.Add(body.ContentType, new OpenApiMediaType { Schema = Reference(document, body.Schema) });
        return new OpenApiRequestBody { Required = true, Content = content };
    }

    private static OpenApiResponses Responses(OpenApiDocument document, Operation operation)
    {
        var responses = new OpenApiResponses();
        foreach (var status in operation.Responses.GroupBy(r => r.Status))
        {
            var content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal);
            foreach (var response in status.Where(r => r.ContentType is not null))
                content.Add(response.ContentType!, new OpenApiMediaType { Schema = Reference(document, response.Schema!) });
            responses.Add(Text(status.Key),
                new OpenApiResponse { Description = string.Join(" ", status.Select(r => r.Description)), Content = content });
        }

        // Every operation refuses pages of other origins and names that are not the broker's.
        foreach (var status in operation.Problems.Concat([403, 421, 500]).Distinct())
            responses.Add(Text(status), ProblemAnswer(document, status));
        return responses;
    }

    private static OpenApiResponse ProblemAnswer(OpenApiDocument document, int status) => new()
    {
        Description = ReasonPhrases.GetReasonPhrase(status),
        Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
        {
            [Problem.ContentType] = new OpenApiMediaType { Schema = Reference(document, "Problem") },
        },
    };

    private static OpenApiSchemaReference Reference(OpenApiDocument document, string shape) => new(shape, document);

    private static string Text(int status) => status.ToString(CultureInfo.InvariantCulture);
}
