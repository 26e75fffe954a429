using CloudStream.Http.Tests.Hosting;

namespace CloudStream.Http.Tests;

/// <summary>The checker itself: a good text has no fault, and each fault is found.</summary>
public sealed class ExpositionFormatTests
{
    private const string Counter = "# HELP a_total A.\n# TYPE a_total counter\n";
    private const string Histogram = "# HELP h H.\n# TYPE h histogram\n";

    [Fact]
    public void A_good_text_has_no_fault() => Assert.Empty(ExpositionFormat.Faults(
        Counter + "a_total{x=\"\\\\ \\\" \\n\",y=\"\"} 1\na_total 2.5e-3 1700000000000\n"
        + Histogram + "h_bucket{le=\"0.1\"} 1\nh_bucket{le=\"+Inf\"} 3\nh_sum -1\nh_count 3\n"
        + "# HELP g \n# TYPE g gauge\ng{z=\"ü\"} NaN\ng -Inf\n# a comment\n\n"));

    [Theory]
    [InlineData(Counter + "a_total 1")]
    [InlineData(Counter + "a_total 1\r\n")]
    [InlineData("a_total 1\n")]
    [InlineData("# TYPE a_total counter\na_total 1\n")]
    [InlineData("# HELP a_total A.\na_total 1\n")]
    [InlineData(Counter + "# TYPE a_total counter\na_total 1\n")]
    [InlineData(Counter + "a_total 1\n# HELP a_total again\n")]
    [InlineData(Counter + "a_total 1\n# HELP g G.\n# TYPE g gauge\ng 1\n" + Counter + "a_total{x=\"1\"} 1\n")]
    [InlineData(Counter + "a_total 1\na_total 1\n")]
    [InlineData(Counter + "a_total{x=\"1\",y=\"2\"} 1\na_total{y=\"2\",x=\"1\"} 1\n")]
    [InlineData(Counter + "a_total{x=\"1\",x=\"2\"} 1\n")]
    [InlineData(Counter + "a_total{__x=\"1\"} 1\n")]
    [InlineData(Counter + "a_total{x-y=\"1\"} 1\n")]
    [InlineData(Counter + "a_total{1x=\"1\"} 1\n")]
    [InlineData(Counter + "a_total{x=\"\\q\"} 1\n")]
    [InlineData(Counter + "a_total{x=\"1\",} 1\n")]
    [InlineData(Counter + "a_total one\n")]
    [InlineData(Counter + "a_total -1\n")]
    [InlineData(Counter + "a_total Infinity\n")]
    [InlineData(Counter + "b 1\n")]
    [InlineData("# HELP a A.\n# TYPE a counter\na 1\n")]
    [InlineData("# HELP a_total A.\n# TYPE a_total gauge\na_total 1\n")]
    [InlineData("# HELP a_count A.\n# TYPE a_count gauge\na_count 1\n")]
    [InlineData("# HELP a.b A.\n# TYPE a.b gauge\n")]
    [InlineData("# HELP a \\q\n# TYPE a gauge\na 1\n")]
    [InlineData("# HELP a A.\n# TYPE a meter\na 1\n")]
    [InlineData(Histogram + "h_bucket{le=\"1\"} 1\nh_sum 1\nh_count 1\n")]
    [InlineData(Histogram + "h_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n")]
    [InlineData(Histogram + "h_bucket{le=\"2\"} 1\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n")]
    [InlineData(Histogram + "h_bucket{le=\"+Inf\"} 2\nh_sum 1\nh_count 1\n")]
    [InlineData(Histogram + "h_bucket{le=\"+Inf\"} 1\nh_count 1\n")]
    [InlineData(Histogram + "h_sum 1\nh_count 1\n")]
    [InlineData(Histogram + "h_bucket 1\nh_sum 1\nh_count 1\n")]
    [InlineData(Histogram + "h 1\n")]
    [InlineData(Histogram + "h_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n# HELP h_count C.\n# TYPE h_count gauge\n")]
    public void A_fault_is_found(string text) => Assert.NotEmpty(ExpositionFormat.Faults(text));
}
