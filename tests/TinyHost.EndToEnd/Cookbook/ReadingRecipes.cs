// Owns: that the recipes for reading requests in docs/cookbook.md do what the page says.

using System.Net;
using System.Net.Sockets;
using System.Text;
using TinyHost.EndToEnd.Support;

namespace TinyHost.EndToEnd.Cookbook;

public sealed class ReadingRecipes
{
    [Fact]
    public async Task Read_and_write_JSON()
    {
        await using var recipe = await Recipe.StartAsync();
        Assert.Equal((200, """{"item":"tea","total":6}"""), await PostJsonAsync(recipe, """{"item":"tea","count":2}"""));
        foreach (var wrong in (string[])["null", """{"item":"tea"}""", """{"item":null,"count":2}""", "{"])
        {
            Assert.Equal((wrong, 400), (wrong, (await PostJsonAsync(recipe, wrong)).Status));
        }

        await recipe.RunShownCommandsAsync();
    }

    [Fact]
    public async Task Read_query_values()
    {
        await using var recipe = await Recipe.StartAsync();
        Assert.Equal("red shoes, page 2, tags: a b\n", await recipe.GetAsync("/search?q=red%20shoes&page=2&tag=a&tag=b"));
        Assert.Equal("everything, page 1, tags: \n", await recipe.GetAsync("/search"));
        await recipe.RunShownCommandsAsync();
    }

    [Fact]
    public async Task Read_a_form()
    {
        await using var recipe = await Recipe.StartAsync();
        await recipe.RunShownCommandsAsync();
        using var form = new FormUrlEncodedContent([new("note", "a & b")]);
        using var page = await recipe.Http.PostAsync("/", form, TestContext.Current.CancellationToken);
        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        Assert.Contains("2 notes", await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_an_upload_to_disk()
    {
        await using var recipe = await Recipe.StartAsync();
        using var content = new ByteArrayContent("content"u8.ToArray());
        using var stored = await recipe.Http.PutAsync("/uploads/..%2F..%2Fescaped", content, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Created, stored.StatusCode);
        var uploads = Path.Combine(recipe.Folder, "uploads");
        Assert.Equal("content", await File.ReadAllTextAsync(
            Assert.Single(Directory.GetFiles(uploads)), TestContext.Current.CancellationToken));

        await recipe.RunShownCommandsAsync();
        Assert.Equal(2, Directory.GetFiles(uploads).Length);

        using var large = new HttpRequestMessage(HttpMethod.Put, "/uploads/large") { Content = new ByteArrayContent([]) };
        large.Content.Headers.ContentLength = 2_000_000_001;
        large.Headers.ExpectContinue = true;
        using var refused = await recipe.Http.SendAsync(large, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
        Assert.Equal(2, Directory.GetFiles(uploads).Length);

        using (var leaving = new TcpClient("localhost", recipe.Port))
        {
            leaving.Client.Send("PUT /uploads/half HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf"u8);
            await Deadline.UntilAsync("an incomplete file", () => CountAsync(uploads), count => count == 3);
        }

        await Deadline.UntilAsync("no incomplete file", () => CountAsync(uploads), count => count == 2);
        Assert.False(File.Exists(Path.Combine(uploads, "half")));
    }

    [Fact]
    public async Task Read_a_multipart_form()
    {
        await using var recipe = await Recipe.StartAsync();
        using var form = new MultipartFormDataContent
        {
            { new StringContent("Beach"), "title" },
            { new ByteArrayContent([1, 2, 3]), "photo", "one.jpg" },
            { new ByteArrayContent([4]), "photo", "two.jpg" },
        };
        using var answer = await recipe.Http.PostAsync("/photos", form, TestContext.Current.CancellationToken);
        Assert.Equal("Beach: 4 bytes\n", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(2, Directory.GetFiles(Path.Combine(recipe.Folder, "photos")).Length);

        using var cutOff = new StringContent("--x\r\nContent-Disposition: form-data; name=title\r\n\r\nBea");
        cutOff.Headers.Remove("Content-Type");
        cutOff.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=x");
        using var malformed = await recipe.Http.PostAsync("/photos", cutOff, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, malformed.StatusCode);
        await recipe.RunShownCommandsAsync();
    }

    private static Task<int> CountAsync(string folder) => Task.FromResult(Directory.GetFiles(folder).Length);

    private static async Task<(int Status, string Text)> PostJsonAsync(Recipe recipe, string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = await recipe.Http.PostAsync("/orders", content, TestContext.Current.CancellationToken);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
