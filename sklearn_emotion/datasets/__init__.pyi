from ._afew_va import load_afew_va as load_afew_va
from ._amigos import load_amigos as load_amigos
from ._bunch import EmotionDataset as EmotionDataset
from ._cache import clear_cache as clear_cache, list_cache as list_cache
from ._case import load_case as load_case
from ._check import check_dataset as check_dataset
from ._deap import load_deap as load_deap
from ._dreamer import load_dreamer as load_dreamer
from ._e4 import E4Recording as E4Recording
from ._e4_files import read_e4 as read_e4
from ._eegmat import load_eegmat as load_eegmat
from ._faced import load_faced as load_faced
from ._fetch import fetch_eegmat as fetch_eegmat
from ._headsets import (
    read_emotiv as read_emotiv,
    read_muse as read_muse,
    read_openbci as read_openbci,
)
from ._join import join_datasets as join_datasets
from ._lsl import read_xdf as read_xdf
from ._mahnob_hci import load_mahnob_hci as load_mahnob_hci
from ._match_channels import match_channels as match_channels
from ._seed import load_seed as load_seed
from ._seed_iv import load_seed_iv as load_seed_iv
from ._seed_v import load_seed_v as load_seed_v
from ._stress_predict import load_stress_predict as load_stress_predict
from ._synthetic import make_emotion as make_emotion
from ._wesad import load_wesad as load_wesad
from .rehearsal._write import write_rehearsal as write_rehearsal
