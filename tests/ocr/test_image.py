"""What is done to a copy of the picture before it is read."""
from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance

from ocr import image
from ocr.paper import of_page, of_picture
from tests.ocr import drawing

if TYPE_CHECKING:
    from ocr.image import Pixels


def pixels(page: Image.Image) -> Pixels:
    """As reading sees it: BGR."""
    return np.ascontiguousarray(np.asarray(page)[:, :, ::-1])


def grey(page: Image.Image) -> Pixels:
    return image.grey_without_red(pixels(page))


@pytest.mark.parametrize("fall", [-4.3, -1.0, 0.0, 0.4, 2.2, 5.0])
def test_the_fall_of_the_lines_is_measured_to_a_tenth_of_a_degree(fall: float) -> None:
    assert image.skew_of(grey(drawing.letter(fall=fall))) == pytest.approx(fall, abs=0.1)


def test_an_empty_page_has_no_fall() -> None:
    assert image.skew_of(grey(drawing.blank())) == 0.0


def test_straightening_makes_lines_level_and_knows_the_way_back() -> None:
    page = drawing.blank()
    ImageDraw.Draw(page).rectangle([900, 300, 910, 310], fill="black")
    fallen = grey(page.rotate(-3, Image.Resampling.BICUBIC, fillcolor="white"))
    level, turn = image.straightened(fallen, 3.0)
    rows, columns = np.nonzero(level < 100)
    assert (columns.mean(), rows.mean()) == pytest.approx((905, 305), abs=2)
    rows, columns = np.nonzero(fallen < 100)
    assert turn.back(905, 305) == pytest.approx((columns.mean(), rows.mean()), abs=2)


def test_the_red_seal_goes_and_black_print_under_it_stays() -> None:
    page = drawing.letter(200)
    before = (grey(page) < 128).sum()
    drawing.seal(page, 0.4, 0.25, 200)
    after = grey(page)
    assert abs(int((after < 128).sum()) - int(before)) < 0.02 * before
    assert image.red_mask(pixels(page)).any()


def test_blue_ink_stays() -> None:
    page = drawing.blank()
    ImageDraw.Draw(page).text((200, 200), "1698", fill=(40, 50, 160), font=drawing.face(30, 150))
    assert grey(page).min() < 100


def test_lines_that_run_up_the_page_are_noticed() -> None:
    page = drawing.letter()
    assert not image.lies_sideways(grey(page))
    assert image.lies_sideways(grey(page.rotate(90, expand=True, fillcolor="white")))


def test_grey_paper_becomes_white_and_white_paper_is_left_alone() -> None:
    dull = grey(ImageEnhance.Brightness(drawing.letter()).enhance(0.7))
    assert np.percentile(image.even_light(dull), 50) > 245
    clean = grey(drawing.letter())
    assert image.even_light(clean) is clean


def remarks(page: Image.Image, dpi: float = 150, native: float = 300) -> tuple[str, ...]:
    return image.remarks_on(grey(page), dpi, native)


def test_a_good_page_gets_no_remark() -> None:
    assert remarks(drawing.letter()) == ()


def test_low_resolution_is_said_below_200_dpi() -> None:
    assert remarks(drawing.letter(), native=150) == ("low_resolution",)
    assert remarks(drawing.letter(), native=200) == ()


def test_a_blurred_page_is_said_to_be_blurred() -> None:
    assert remarks(drawing.soft(drawing.letter(), 2.5)) == ("blurred",)


def test_letters_at_the_border_are_said_to_be_cut() -> None:
    page = drawing.letter()
    assert remarks(page.crop((230, 0, page.width, page.height))) == ("cropped",)


def test_a_shadow_along_the_border_is_no_cut_text() -> None:
    page = drawing.letter()
    ImageDraw.Draw(page).rectangle([0, 0, 6, page.height], fill=(40, 40, 40))
    assert remarks(page) == ()


def test_a_dark_page_is_said_to_be_dark() -> None:
    assert "dark" in remarks(ImageEnhance.Brightness(drawing.letter()).enhance(0.35))


def test_a_blank_page_is_blank_even_with_specks_and_shine_through() -> None:
    page = drawing.blank()
    pen = ImageDraw.Draw(page)
    for place in ((100, 400), (700, 900), (1000, 200)):
        pen.ellipse([*place, place[0] + 4, place[1] + 4], fill="black")
    pen.text((200, 600), "CỘNG HÒA XÃ HỘI", fill=(228, 228, 228), font=drawing.face(20, 150))
    assert remarks(page) == ("blank",)


def test_one_line_of_print_is_not_blank() -> None:
    page = drawing.blank()
    ImageDraw.Draw(page).text((200, 600), "Nơi nhận: Như trên", fill="black", font=drawing.face(13, 150))
    assert remarks(page) == ()


def test_paper_size_follows_a_sane_tag_and_is_guessed_otherwise() -> None:
    assert of_picture(2480, 3508, 300).width_mm == pytest.approx(210, abs=0.5)
    assert of_picture(2480, 3508, 72).height_mm == 297
    assert of_picture(3508, 2480, 0).width_mm == 297
    assert of_picture(3000, 4000, 72).height_mm <= 297
    assert of_page(595.3, 841.9).width_mm == pytest.approx(210, abs=0.1)
    assert of_page(2480, 3508).width_mm == 210
