"""The page's pure modules, run where they run: in the browser."""

import pytest

MARKDOWN = {
    "plain": "plain",
    "**b** *i* _i_ __u__ ~~s~~": "<strong>b</strong> <em>i</em> <em>i</em> <u>u</u> <s>s</s>",
    "***both***": "<strong><em>both</em></strong>",
    "**b *i* b**": "<strong>b <em>i</em> b</strong>",
    "snake_case_word 2 * 3 * 4": "snake_case_word 2 * 3 * 4",
    r"\*not\* \_this\_": "*not* _this_",
    "`a*b*`": '<code class="code">a*b*</code>',
    "``a`b``": '<code class="code">a`b</code>',
    "<b>&": "&lt;b&gt;&amp;",
    "# Big\nsmall": '<h3 class="heading-1">Big</h3>small',
    "#no heading": "#no heading",
    "-# sub": '<div class="subtext">sub</div>',
    "> a\n> b\nc": "<blockquote>a<br>b</blockquote>c",
    ">>> a\nb": "<blockquote>a<br>b</blockquote>",
    "- a\n- b": "<ul><li>a</li><li>b</li></ul>",
    "3. a\n4. b": '<ol start="3"><li>a</li><li>b</li></ol>',
    "a\nb": "a<br>b",
    "a ```py\nx = 1\n``` b": 'a <pre class="code-block" data-language="py"><code>x = 1</code></pre> b',
    "```x```": '<pre class="code-block"><code>x</code></pre>',
    "<@1> <@!2> <#3>": (
        '<span class="mention" data-user-id="1">@Ada</span> '
        '<span class="mention mine" data-user-id="2">@unknown</span> '
        '<button class="mention channel-mention" type="button" data-action="channel" data-id="3">#studio</button>'
    ),
    "see https://a.example/b_c_d.": 'see <span><a href="https://a.example/b_c_d">https://a.example/b_c_d</a>.</span>',
    "[w](https://a.example/x) <https://b.example>": (
        '<a href="https://a.example/x">w</a> <a href="https://b.example">https://b.example</a>'
    ),
    "[w](javascript:alert(1))": "[w](javascript:alert(1))",
    "||s||": (
        '<button class="spoiler" type="button" aria-label="Spoiler, hidden" data-action="reveal">'
        "<span>s</span></button>"
    ),
    "@everyone": '<span class="mention mine">@everyone</span>',
    "**open *and ||never": "**open *and ||never",
}

LEAF = {
    "name": "imagine",
    "options": [
        {"name": "model", "type": 3, "choices": [{"name": "mini", "value": "mini"}]},
        {"name": "prompt", "type": 3, "required": True},
        {"name": "steps", "type": 4},
    ],
}

TYPED = {
    "a red disc": [["prompt", "a red disc"]],
    "prompt: a red disc steps: 20": [["prompt", "a red disc"], ["steps", "20"]],
    "a disc steps:20 model: mini": [["prompt", "a disc"], ["steps", "20"], ["model", "mini"]],
    "the footsteps: loud": [["prompt", "the footsteps: loud"]],
    "steps: 5 prompt: steps: many": [["steps", "5"], ["prompt", "steps: many"]],
    "": [],
}


OPTIONS = [
    [{"type": 4, "min_value": 1}, "7", {"value": 7}],
    [{"type": 4, "min_value": 1}, "0", {"error": "At least 1."}],
    [{"type": 4}, "7.5", {"error": "This takes a whole number."}],
    [{"type": 10}, "7,5", {"value": 7.5}],
    [{"type": 10}, ".", {"error": "This takes a number."}],
    [{"type": 5}, "Yes", {"value": True}],
    [{"type": 5}, "perhaps", {"error": "True or False."}],
    [{"type": 3, "max_length": 2}, "abc", {"error": "At most 2 characters; these are 3."}],
    [{"type": 3, "choices": [{"name": "One", "value": "1"}]}, "one", {"value": "1"}],
    [{"type": 3}, "  ", {}],
]


@pytest.fixture
async def page(playground, browser_page):
    await browser_page.goto(playground.url)
    return browser_page


async def test_a_preview_of_a_message_is_one_line_without_marks_of_blocks(page):
    shown = await page.evaluate(
        """async (source) => {
            const { inline } = await import("/static/js/markdown.js");
            const holder = document.createElement("div");
            holder.append(...inline(source));
            return holder.textContent;
        }""",
        "> **a disc**\n-# seed 7\n# Big > small",
    )
    assert shown == "a disc seed 7 Big > small"


async def test_markdown_becomes_these_elements(page):
    drawn = await page.evaluate(
        """async (sources) => {
            const { markdown } = await import("/static/js/markdown.js");
            const names = {
                person: (id) => (id === "1" ? { name: "Ada" } : null),
                channel: () => ({ name: "studio" }),
                me: "2",
            };
            return sources.map((source) => {
                const holder = document.createElement("div");
                holder.append(markdown(source, names));
                return holder.innerHTML.replaceAll(' target="_blank" rel="noopener noreferrer"', "");
            });
        }""",
        list(MARKDOWN),
    )
    assert dict(zip(MARKDOWN, drawn, strict=True)) == MARKDOWN


async def test_a_command_typed_as_text_is_taken_apart(page):
    taken = await page.evaluate(
        """async ([leaf, typed]) => {
            const { filled } = await import("/static/js/command_line.js");
            return typed.map((text) => [...filled(leaf, text)]);
        }""",
        [LEAF, list(TYPED)],
    )
    assert dict(zip(TYPED, taken, strict=True)) == TYPED


async def test_an_option_is_read_as_its_type(page):
    read = await page.evaluate(
        """async (options) => {
            const { read } = await import("/static/js/option_value.js");
            return options.map(([option, typed, told]) => [option, typed, read(option, typed, option.choices ?? [])]);
        }""",
        OPTIONS,
    )
    assert read == OPTIONS


async def test_a_history_is_mended_by_the_newest_page(page):
    """Ids 1 to 9; pages of three."""
    ids = await page.evaluate(
        """async () => {
            const { History } = await import("/static/js/history.js");
            const page = (...ids) => ids.map((id) => ({ id: String(id) }));
            const known = (...ids) => {
                const history = new History();
                history.refresh(page(...ids.slice(-3)), 3);
                history.prepend(page(...ids.slice(0, -3)), 3);
                return history;
            };
            const told = (history) => history.messages.map((message) => message.id).join("");
            const deleted = known(1, 2, 3, 4, 5);
            deleted.refresh(page(3, 5, 6), 3);
            const gap = known(1, 2, 3, 4, 5);
            gap.refresh(page(7, 8, 9), 3);
            const few = known(1, 2, 3, 4, 5);
            few.refresh(page(2, 5), 3);
            const meanwhile = new History();
            meanwhile.expect();
            meanwhile.put({ id: "9" });
            meanwhile.refresh(page(6, 7, 8), 3);
            meanwhile.put({ id: "2" });
            return [told(deleted), told(gap), told(few), told(meanwhile), gap.complete, few.complete];
        }"""
    )
    assert ids == ["12356", "789", "25", "6789", False, True]
