using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace CloudStream.Kafka.Generator;

/// <summary>
/// Makes the message classes of the Kafka protocol from the <c>.msg</c> files of the project: one description per API, no reader or writer
/// by hand.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class MessageGenerator : IIncrementalGenerator
{
    private static readonly DiagnosticDescriptor s_bad = new(
        "CSK001", "Bad message description", "{0}", "Kafka", DiagnosticSeverity.Error, isEnabledByDefault: true);

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var files = context.AdditionalTextsProvider.Where(static file => file.Path.EndsWith(".msg", StringComparison.Ordinal));
        context.RegisterSourceOutput(files, static (output, file) => Messages(output, file));
        context.RegisterSourceOutput(files.Collect(), static (output, all) =>
        {
            var apis = all.Select(file => Parse(file, out _)).OfType<ApiDescription>().ToList();
            if (apis.GroupBy(a => a.Key).FirstOrDefault(g => g.Count() > 1) is { } twice)
                output.ReportDiagnostic(Diagnostic.Create(s_bad, null, $"the API key {twice.Key} is described twice"));
            else
                output.AddSource("KafkaApis.g.cs", SourceText.From(RegistryCode.Of(apis), Encoding.UTF8));
        });
    }

    private static void Messages(SourceProductionContext output, AdditionalText file)
    {
        if (Parse(file, out var problem) is { } api)
        {
            output.AddSource($"{api.Request.Body.Name}.g.cs", SourceText.From(MessageCode.Of(api, api.Request), Encoding.UTF8));
            output.AddSource($"{api.Response.Body.Name}.g.cs", SourceText.From(MessageCode.Of(api, api.Response), Encoding.UTF8));
        }
        else if (problem is not null)
        {
            output.ReportDiagnostic(problem);
        }
    }

    private static ApiDescription? Parse(AdditionalText file, out Diagnostic? problem)
    {
        problem = null;
        var text = file.GetText();
        if (text is null)
            return null;
        try
        {
            return DescriptionParser.Parse(text.Lines.Select(l => l.ToString()));
        }
        catch (DescriptionException e)
        {
            var line = text.Lines[Math.Min(e.Line, text.Lines.Count - 1)];
            problem = Diagnostic.Create(s_bad, Location.Create(file.Path, line.Span, text.Lines.GetLinePositionSpan(line.Span)), e.Message);
            return null;
        }
    }
}
